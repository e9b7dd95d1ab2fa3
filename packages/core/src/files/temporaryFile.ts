import fs from 'fs-extra';
import { node } from '../node.js';
import { PROCESS_IDENTITY, processIdentity, processState } from './processIdentity.js';

/**
 * A path next to `path` for a file that this process is writing, which names the process, so that
 * {@link removeStale} recognizes it.
 *
 * @param ending The end of its name; files that end in `part` are removed by `removeStale`.
 * @internal
 */
export function temporaryFile(path: string, ending = 'part'): string {
  const { dir, base } = node.path.parse(node.path.resolve(path));
  // A name may have 255 bytes, of which the part that is added here has at most 55.
  const stem = Buffer.from(base)
    .subarray(0, 200)
    .toString()
    .replace(/\uFFFD+$/, '');
  return node.path.join(dir, `${stem}.${processIdentity()}.${(counter++).toString(36)}.${ending}`);
}

/**
 * Removes temporary files in a folder whose process was killed while it wrote them. What a running process writes stays.
 *
 * @param now The time on the folder's file system, which may be another machine's, in milliseconds.
 * @internal
 */
export async function removeStale(folder: string, now: number): Promise<void> {
  const start = performance.now();
  if (start < (nextLook.get(folder) ?? 0)) return;
  const entries = await fs.promises.readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const [, identity] = TEMPORARY.exec(entry.name) ?? [];
    if (identity === undefined || !entry.isFile()) continue;
    const file = node.path.join(folder, entry.name);
    if (await isStale(file, identity, now))
      await fs.promises.rm(file, { force: true }).catch(() => undefined);
  }
  // Reading a folder of 100,000 images takes a while: spend at most 2% of the time on it.
  nextLook.set(folder, performance.now() + 50 * (performance.now() - start));
}

const TEMPORARY = new RegExp(`\\.(${PROCESS_IDENTITY.source})\\.[0-9a-z]+\\.part$`);
/** A file that a process in another container writes is longer than this without changing only if that process has ended. */
const IDLE_MS = 10 * 60_000;
const nextLook = new Map<string, number>();
let counter = 0;

async function isStale(file: string, identity: string, now: number): Promise<boolean> {
  const state = processState(identity);
  if (state !== 'unknown') return state === 'ended';
  const stats = await fs.promises.stat(file).catch(() => undefined);
  return stats !== undefined && now - stats.mtimeMs > IDLE_MS;
}
