import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** The packages' metadata that npm shows, and that a release relies on. */
const root = path.resolve(__dirname, '../../..');
const read = (...file: string[]) => readFileSync(path.join(root, ...file), 'utf8');
const published = readdirSync(path.join(root, 'packages'))
  .map((folder) => ({ folder, ...JSON.parse(read('packages', folder, 'package.json')) }))
  .filter((manifest) => !manifest.private);
const { version } = published.find(({ name }) => name === 'fastts');

test.each(published)('$name describes itself', (manifest) => {
  expect(manifest).toMatchObject({
    description: expect.stringMatching(/\w/),
    license: 'Apache-2.0',
    author: 'The fastts authors',
    engines: { node: '>=20.16' },
  });
  expect(manifest.keywords).toEqual(expect.arrayContaining(['fastai', 'deep-learning']));
  expect(read('packages', manifest.folder, 'README.md')).toMatch(`# ${manifest.name}\n`);
  expect(read('packages', manifest.folder, 'LICENSE')).toBe(read('LICENSE'));
});

test.each(published)(
  '$name has the version of fastts, and takes no other version of its siblings',
  (manifest) => {
    expect(manifest.version).toBe(version);
    const siblings = Object.entries(manifest.dependencies).filter(([name]) => name.startsWith('@fastts/'));
    expect(siblings.filter(([, range]) => range !== version)).toEqual([]);
  },
);

// Yarn gives a package only what each package on the way to it names, and loads it once for each different choice.
test.each(published.filter(({ dependencies }) => dependencies['@fastts/core']))(
  '$name passes the optional packages of @fastts/core on to it',
  ({ dependencies, peerDependencies, peerDependenciesMeta }) => {
    const core = published.find(({ name }) => name === '@fastts/core');
    for (const [name, range] of Object.entries(core.peerDependencies)) {
      if (dependencies[name]) continue;
      expect({ name, range: peerDependencies?.[name] }).toEqual({ name, range });
      expect({ name, ...peerDependenciesMeta?.[name] }).toEqual({ name, optional: true });
    }
  },
);

test('CHANGELOG.md has a section for the version', () => {
  expect(read('CHANGELOG.md')).toContain(`\n## [${version}] - `);
});
