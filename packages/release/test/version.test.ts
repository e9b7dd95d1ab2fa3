import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setVersion } from '../src/version.js';

const changes = '# Changelog\n\n## [0.1.1] - unreleased\n\n- New.\n\n## [0.1.0] - 2026-01-02\n';
let root: string;

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'fastts-release-'));
  writeFileSync(path.join(root, 'CHANGELOG.md'), changes);
  const dependencies = { '@fastts/core': '0.1.0', sharp: '0.1.0' };
  writePackage('core', { version: '0.1.0', peerDependencies: { '@fastts/native': '^0.1.0' } });
  writePackage('fastts', { version: '0.1.0', dependencies });
  writePackage('bench', { version: '0.1.0', dependencies: { fastts: '*', '@fastts/core': '*' } });
});

afterEach(() => rmSync(root, { recursive: true }));

function writePackage(name: string, manifest: object): void {
  mkdirSync(path.join(root, 'packages', name), { recursive: true });
  writeFileSync(path.join(root, 'packages', name, 'package.json'), JSON.stringify(manifest));
}

const read = (...file: string[]) => readFileSync(path.join(root, ...file), 'utf8');

test('sets the version of all packages, of their siblings, and the date of the newest changes', () => {
  setVersion(root, '0.2.0', '2026-03-04');
  const manifests = ['core', 'fastts', 'bench'].map((name) =>
    JSON.parse(read('packages', name, 'package.json')),
  );
  expect(manifests).toEqual([
    { version: '0.2.0', peerDependencies: { '@fastts/native': '^0.2.0' } },
    { version: '0.2.0', dependencies: { '@fastts/core': '0.2.0', sharp: '0.1.0' } },
    { version: '0.2.0', dependencies: { fastts: '*', '@fastts/core': '*' } },
  ]);
  expect(read('CHANGELOG.md')).toBe(changes.replace('## [0.1.1] - unreleased', '## [0.2.0] - 2026-03-04'));
});

test('changes nothing if the version has another form, or the changes are released', () => {
  expect(() => setVersion(root, 'v0.2', '2026-03-04')).toThrow('A version is three numbers');
  writeFileSync(path.join(root, 'CHANGELOG.md'), changes.replace('unreleased', '2026-02-03'));
  expect(() => setVersion(root, '0.2.0', '2026-03-04')).toThrow(
    'must say what is new: ## [0.2.0] - unreleased. It is ## [0.1.1] - 2026-02-03.',
  );
  expect(JSON.parse(read('packages/core/package.json')).version).toBe('0.1.0');
});
