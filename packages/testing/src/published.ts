import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { packAll } from '@fastts/release/packages';
import { currentPlatform } from '../../native/src/platforms.js';

const root = path.resolve(__dirname, '../../..');
const { builtAddon } = createRequire(__filename)(path.join(root, 'packages/native/scripts/build.js'));

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
 * Writes the tarballs that npm would publish to a folder, with the native engine's package for this platform only, from this checkout's own
 * build. It needs a build, which `npm test` runs first.
 *
 * @returns Their paths.
 */
export function packPublished(folder: string): string[] {
  const platform = currentPlatform();
  return packAll(folder, new Map(platform ? [[platform, builtAddon()]] : []));
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
