import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/**
 * Compiles the engine with this machine's C++ compiler, in half a minute to some minutes, for a machine for which no binary is
 * published, and says so on standard error. From the next start of Node on it is used, by all projects with this version of the package:
 * it is kept in `~/.fastts` (or `FASTTS_HOME`).
 *
 * @throws Error if there is no compiler, or it fails; the details are printed.
 */
export function buildNative(): void {
  const script = join(__dirname, '..', 'scripts', 'build.js');
  const { status } = spawnSync(process.execPath, [script], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error('The native engine was not built: see above.');
}
