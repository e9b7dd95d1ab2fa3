import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { installInto, packPublished, run } from '@fastts/testing/published';

const dir = mkdtempSync(path.join(tmpdir(), 'fastts-install-'));
const app = path.join(dir, 'app');

beforeAll(() => installInto(app, packPublished(dir)));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Includes the native engine's binary. */
test('npm install fastts takes at most 130 MB in 120 packages', () => {
  const lock = JSON.parse(readFileSync(path.join(app, 'node_modules/.package-lock.json'), 'utf8'));
  expect(Object.keys(lock.packages).length).toBeLessThanOrEqual(120);
  const files = readdirSync(path.join(app, 'node_modules'), { recursive: true, withFileTypes: true });
  const bytes = files.map((file) => lstatSync(path.join(file.parentPath, file.name)).size);
  expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(130e6);
});

test('a program that also installs @tensorflow/tfjs has one copy of its core', () => {
  run('npm', ['install', '--package-lock-only', '--no-audit', '--no-fund', '@tensorflow/tfjs'], app);
  const lock = JSON.parse(readFileSync(path.join(app, 'package-lock.json'), 'utf8'));
  const copies = Object.keys(lock.packages).filter((name) => name.endsWith('/@tensorflow/tfjs-core'));
  expect(copies).toEqual(['node_modules/@tensorflow/tfjs-core']);
});
