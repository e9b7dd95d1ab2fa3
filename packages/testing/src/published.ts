import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(__dirname, '../../..');
const names = ['core', 'native', 'data', 'learner', 'vision', 'fastts'];

/**
 * Runs a program and returns its output. On Windows it may be a shell script such as `npm.cmd`. Arguments may contain
 * spaces.
 */
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
 * Writes the tarballs that npm would publish to a folder. It needs a build, which `npm test` runs first.
 *
 * @returns Their paths.
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

/** Creates a folder with an otherwise empty package, and installs packages into it, given in any form that npm accepts. */
export function installInto(
  folder: string,
  packages: readonly string[],
  options: readonly string[] = [],
): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), '{ "name": "app", "private": true }\n');
  run('npm', ['install', '--no-audit', '--no-fund', ...options, ...packages], folder);
}
