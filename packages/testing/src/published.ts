import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(__dirname, '../../..');
const names = ['core', 'native', 'data', 'learner', 'vision', 'fastts'];

/** Runs a program, also one that is a script with a shell's ending on Windows; what it is given may have spaces. */
export function run(file: string, args: readonly string[], cwd: string): string {
  const shell = process.platform === 'win32';
  const quoted = (text: string) => (shell ? `"${text}"` : text);
  return execFileSync(quoted(file), args.map(quoted), {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    shell,
  });
}

/**
 * Writes the tarballs that npm would publish to a folder. `npm test` builds first; by hand, run `npm run build` before.
 *
 * @returns their paths
 */
export function packPublished(folder: string): string[] {
  if (!existsSync(path.join(root, 'packages/fastts/dist/esm/index.mjs'))) {
    throw new Error('packages/*/dist is missing: run `npm run build` first');
  }
  const workspaces = names.flatMap((name) => ['-w', `packages/${name}`]);
  run('npm', ['pack', '--silent', '--pack-destination', folder, ...workspaces], root);
  const files = readdirSync(folder).filter((file) => file.endsWith('.tgz'));
  return files.map((file) => path.join(folder, file));
}

/** Makes a folder with a program of nobody's yet, and installs packages, given as npm takes them, into it. */
export function installInto(
  folder: string,
  packages: readonly string[],
  options: readonly string[] = [],
): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), '{ "name": "app", "private": true }\n');
  run('npm', ['install', '--no-audit', '--no-fund', ...options, ...packages], folder);
}
