import type { FileHandle } from 'node:fs/promises';
import {
  log,
  makeFolder,
  node,
  PROCESS_IDENTITY,
  processIdentity,
  processState,
  removeStale,
  temporaryFile,
  writeFailure,
} from '@fastts/core';
import fs from 'fs-extra';

/**
 * Runs `work` while holding a lock file, exclusively among processes and within this one. The file's folder is created.
 *
 * The file names its process and is touched every second. A lock whose process has ended is taken over at once. One whose
 * process cannot be seen, such as in another container or on another machine, or that names none, since a full disk left
 * it empty, is taken over when it has not been touched for a while, as measured by the waiting process's own clock.
 *
 * `proper-lockfile`, the most used package for this, compares the file's time with the local clock, always waits until it
 * is ten seconds old, and ends the process when it finds its lock taken.
 *
 * @throws WriteError when the file cannot be written.
 */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  await makeFolder(node.path.dirname(file));
  const token = `${processIdentity()} ${node.crypto.randomUUID()}`;
  const handle = await acquire(file, token);
  const beat = setInterval(() => {
    const now = new Date();
    // By the handle: the file of this name may be another process's by now.
    handle.utimes(now, now).catch(() => undefined);
  }, BEAT_MS);
  beat.unref();
  try {
    return await work();
  } finally {
    clearInterval(beat);
    await handle.close();
    await removeLock(file, token);
  }
}

const POLL_MS = 100;
const ANNOUNCE_MS = 1000;
const BEAT_MS = 1000;
/** A process may be busy for this long, and not touch its lock. */
const SILENT_MS = 20_000;
/** A process that has created the file names itself in it immediately. */
const NAMELESS_MS = 3000;

/** A lock file as it was first seen in this state. */
interface Sighting {
  content: string;
  touched: number;
  since: number;
}

async function acquire(file: string, token: string): Promise<FileHandle> {
  const start = performance.now();
  let isAnnounced = false;
  let seen: Sighting | undefined;
  for (;;) {
    const handle = await create(file, token);
    if (handle) return handle;
    seen = await look(file, seen);
    if (seen && isAbandoned(seen)) {
      await removeLock(file, seen.content);
      continue;
    }
    if (!isAnnounced && performance.now() - start > ANNOUNCE_MS) {
      log(`Waiting for another process that is downloading the same file (${file}).`);
      isAnnounced = true;
    }
    await node.timers.promises.setTimeout(POLL_MS);
  }
}

/** Creates the lock; `undefined` if it exists. */
async function create(file: string, token: string): Promise<FileHandle | undefined> {
  let handle: FileHandle;
  try {
    handle = await fs.promises.open(file, 'wx');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw await writeFailure(error, file);
  }
  try {
    await handle.writeFile(token);
    await removeStale(node.path.dirname(file), (await handle.stat()).mtimeMs);
    return handle;
  } catch (error) {
    await handle.close().catch(() => undefined);
    await fs.rm(file, { force: true });
    throw await writeFailure(error, file, token.length);
  }
}

async function look(file: string, before: Sighting | undefined): Promise<Sighting | undefined> {
  try {
    const [content, { mtimeMs: touched }] = [await fs.readFile(file, 'utf8'), await fs.stat(file)];
    if (before?.content === content && before.touched === touched) return before;
    return { content, touched, since: performance.now() };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw await writeFailure(error, file);
  }
}

function isAbandoned({ content, since }: Sighting): boolean {
  const identity = new RegExp(`^${PROCESS_IDENTITY.source}(?= )`).exec(content)?.[0];
  const state = identity === undefined ? 'unknown' : processState(identity);
  if (state !== 'unknown') return state === 'ended';
  return performance.now() - since > (identity === undefined ? NAMELESS_MS : SILENT_MS);
}

/** Removes the lock with this content, but not one that another process has created in the meantime. */
async function removeLock(file: string, content: string): Promise<void> {
  // Of several processes only one can rename the file.
  const aside = temporaryFile(file);
  try {
    if ((await fs.readFile(file, 'utf8')) !== content) return;
    await fs.promises.rename(file, aside);
    // Another process was faster, and this is its new lock.
    if ((await fs.readFile(aside, 'utf8')) !== content) await fs.promises.link(aside, file);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!['ENOENT', 'EEXIST'].includes(code)) throw await writeFailure(error, file);
  }
  await fs.promises.rm(aside, { force: true });
}
