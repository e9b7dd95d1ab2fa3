import { mkdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { type PlatformName, platforms } from '../../native/src/platforms.js';
import { checkBinary } from './checkBinary.js';
import { findZig, oldestOf, zigToolchain } from './zig.js';

const { ADDON, buildAddon } = createRequire(__filename)('../../native/scripts/addon/compile.js');

/**
 * Compiles the native engine for platforms, in `folder`, one subfolder for each. Only changed files are compiled again.
 *
 * @returns The addons by platform.
 * @throws NoZig if there is no Zig.
 * @throws Error if one does not compile, or needs what a system of the platform may lack.
 */
export async function buildBinaries(
  folder: string,
  names: readonly PlatformName[] = platforms.map(({ name }) => name),
): Promise<Map<PlatformName, string>> {
  const zig = findZig();
  const built = new Map<PlatformName, string>();
  for (const name of names) {
    const out = path.join(folder, name);
    mkdirSync(out, { recursive: true });
    await buildAddon(zigToolchain(zig, name), out);
    const file = path.join(out, ADDON);
    const { libraries, oldest } = checkBinary(file, name, oldestOf(name));
    const size = (statSync(file).size / 1e6).toFixed(1);
    console.log(`${name}: ${size} MB, needs ${libraries.join(', ')}${oldest ? `, from ${oldest} on` : ''}`);
    built.set(name, file);
  }
  return built;
}
