/**
 * Makes a release: `npm run release -- [VERSION] [--publish]`.
 *
 * With a version, it first sets it in all packages and in the changelog. Then it builds, compiles the native engine for all platforms,
 * checks the binaries, and packs what npm gets, in `out/release`. Without `--publish`, npm only says what it would publish.
 */
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { buildBinaries } from '../src/binaries.js';
import { npm, packAll } from '../src/packages.js';
import { publish } from '../src/publish.js';
import { setVersion } from '../src/version.js';
import { zigNotices } from '../src/zig.js';

const root = path.resolve(__dirname, '../../..');

async function release(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { publish: { type: 'boolean' } },
    allowPositionals: true,
  });
  if (positionals.length > 1) throw new Error(`One version is expected, got ${positionals.join(' ')}.`);
  const [version] = positionals;
  if (version) {
    setVersion(root, version, new Date().toISOString().slice(0, 10));
    npm(['install', '--package-lock-only', '--ignore-scripts'], root);
  }
  npm(['run', 'build'], root);
  const addons = await buildBinaries(path.join(root, 'out/binaries'));
  const folder = path.join(root, 'out/release');
  rmSync(folder, { recursive: true, force: true });
  const tarballs = packAll(folder, addons, zigNotices);
  publish(tarballs, { dryRun: !values.publish });
  if (values.publish) return;
  const { version: packed } = JSON.parse(
    readFileSync(path.join(root, 'packages/fastts/package.json'), 'utf8'),
  );
  console.log(`Nothing was published. To publish ${packed}, commit, and push the tag v${packed}.`);
}

release().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
