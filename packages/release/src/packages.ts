import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { type PlatformName, platforms } from '../../native/src/platforms.js';

const root = path.resolve(__dirname, '../../..');
const { ADDON } = createRequire(__filename)('../../native/scripts/addon/compile.js');
const { gnu } = createRequire(__filename)('../../native/scripts/addon/flags.js');

/** The packages that are published besides `@fastts/native`, each after those that it needs. */
const others = ['core', 'data', 'learner', 'vision', 'fastts'];

interface Manifest {
  name: string;
  version: string;
  author: string;
  license: string;
  engines: { node: string };
  keywords: string[];
  repository?: unknown;
  optionalDependencies?: Record<string, string>;
}

/** A licence of code that a binary contains besides our own. */
export interface Notice {
  title: string;
  text: string;
}

/**
 * Writes the tarballs of all packages to a folder, as npm publishes them. It needs `npm run build` before.
 *
 * @param addons The native engine's binaries: each is a package, and an optional dependency of `@fastts/native`.
 * @param noticesOf The licences that go with each binary (default: none).
 * @returns The tarballs' paths, each after those of the packages that it needs.
 */
export function packAll(
  folder: string,
  addons: ReadonlyMap<PlatformName, string>,
  noticesOf: (platform: PlatformName) => readonly Notice[] = () => [],
): string[] {
  if (!existsSync(path.join(root, 'packages/fastts/dist/esm/index.mjs'))) {
    throw new Error('packages/*/dist is missing: run `npm run build` first');
  }
  const work = path.join(folder, 'work');
  mkdirSync(work, { recursive: true });
  const tarballs = [...addons].map(([platform, addon]) =>
    pack(platformPackage(path.join(work, platform), platform, addon, noticesOf(platform)), folder),
  );
  tarballs.push(pack(nativePackage(work, [...addons.keys()]), folder));
  for (const name of others) tarballs.push(pack(path.join(root, 'packages', name), folder));
  rmSync(work, { recursive: true });
  return tarballs;
}

/** The package of one platform's binary, written to `folder`. */
function platformPackage(
  folder: string,
  platform: PlatformName,
  addon: string,
  notices: readonly Notice[],
): string {
  const { version, author, license, engines, keywords, repository } = readManifest(
    path.join(root, 'packages/native'),
  );
  const { os, cpu, ...rest } = platforms.find(({ name }) => name === platform)!;
  const sets = Object.keys(gnu.isas[cpu]).join(', ');
  const manifest = {
    name: `@fastts/native-${platform}`,
    version,
    description: `The binary of @fastts/native for ${platform}, with the instruction sets ${sets}`,
    keywords,
    license,
    author,
    repository,
    engines,
    os: [os],
    cpu: [cpu],
    ...('libc' in rest ? { libc: [rest.libc] } : {}),
    main: './index.js',
    files: [ADDON, 'index.js', 'THIRD-PARTY-NOTICES'],
  };
  mkdirSync(folder, { recursive: true });
  const write = (name: string, text: string) => writeFileSync(path.join(folder, name), text);
  write('package.json', `${JSON.stringify(manifest, null, 2)}\n`);
  write(
    'index.js',
    `// The path of the binary.\nmodule.exports = require('node:path').join(__dirname, '${ADDON}');\n`,
  );
  write(
    'README.md',
    `# ${manifest.name}\n\nThe binary of [@fastts/native](https://www.npmjs.com/package/@fastts/native) for ${platform}, which npm installs with it. Instruction sets: ${sets}; the best one that the machine has is used.\n`,
  );
  write('THIRD-PARTY-NOTICES', notices.map(({ title, text }) => `${title}\n\n${text.trim()}\n`).join('\n\n'));
  copyFileSync(path.join(root, 'LICENSE'), path.join(folder, 'LICENSE'));
  copyFileSync(addon, path.join(folder, ADDON));
  return folder;
}

/** `@fastts/native` as it is published, with the platforms' packages as optional dependencies. */
function nativePackage(folder: string, names: readonly PlatformName[]): string {
  const tarball = pack(path.join(root, 'packages/native'), folder);
  execFileSync('tar', ['xzf', path.basename(tarball)], { cwd: folder });
  const place = path.join(folder, 'package');
  const manifest = readManifest(place);
  const optionalDependencies = Object.fromEntries(
    names.map((name) => [`@fastts/native-${name}`, manifest.version]),
  );
  const text = JSON.stringify({ ...manifest, optionalDependencies }, null, 2);
  writeFileSync(path.join(place, 'package.json'), `${text}\n`);
  return place;
}

/** Packs the package in `folder`; returns the tarball's path. */
function pack(folder: string, destination: string): string {
  const said = npm(['pack', '--silent', '--ignore-scripts', '--pack-destination', destination], folder);
  return path.join(destination, said.trim());
}

/** The `package.json` in a tarball. */
export function manifestIn(tarball: string): Manifest {
  const args = ['xzOf', path.basename(tarball), 'package/package.json'];
  return JSON.parse(execFileSync('tar', args, { cwd: path.dirname(tarball), encoding: 'utf8' }));
}

/** Runs npm and returns its output. */
export function npm(args: readonly string[], cwd: string): string {
  // On Windows, npm is a shell script.
  return execFileSync('npm', args, { cwd, encoding: 'utf8', shell: process.platform === 'win32' });
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
}
