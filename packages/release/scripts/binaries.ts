/** Compiles the native engine for platforms, by default for all, to `out/binaries`: `npm run binaries [-- PLATFORM…]`. */
import path from 'node:path';
import { platforms } from '../../native/src/platforms.js';
import { buildBinaries } from '../src/binaries.js';

const names = platforms.map(({ name }) => name);

async function main(): Promise<void> {
  const wanted = process.argv.slice(2);
  const unknown = wanted.filter((name) => !names.some((known) => known === name));
  if (unknown.length > 0) throw new Error(`Platforms are ${names.join(', ')}, got ${unknown.join(', ')}.`);
  const folder = path.resolve(__dirname, '../../../out/binaries');
  await buildBinaries(folder, wanted.length > 0 ? names.filter((name) => wanted.includes(name)) : names);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
