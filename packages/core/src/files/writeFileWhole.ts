import type { FileHandle } from 'node:fs/promises';
import fs from 'fs-extra';
import { node } from '../node.js';
import { createFolder, syncFolder } from './makeFolder.js';
import { removeStale, temporaryFile } from './temporaryFile.js';
import { writeFailure } from './writeFailure.js';

/** What a file is to contain: text, bytes, or bytes in pieces, which are written one by one. */
export type FileContent = string | Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/**
 * Writes a file atomically and durably: a crash, a power failure or an error at any time leaves either the earlier file
 * or the new one, whole.
 *
 * It is written to a temporary file in the same folder, `<name>.<process>.<n>.part`, which is synced to the disk and
 * renamed; then the folder is synced. Temporary files of killed processes are removed from the folder. A symbolic link at
 * `path` is replaced, not followed; a device or a pipe is written to directly.
 *
 * @param path The file's path; missing folders are created.
 * @throws WriteError when it cannot be written; the earlier file is unchanged, and the temporary file is removed.
 */
export async function writeFileWhole(path: string, content: FileContent): Promise<void> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const size = bytes instanceof Uint8Array ? bytes.length : undefined;
  await replaceFile(path, size, async (write) => {
    if (bytes instanceof Uint8Array) await write(bytes);
    else for await (const piece of bytes) await write(piece);
  });
}

/**
 * Checks that {@link writeFileWhole} can write a file, before work whose result is to be written there. The file is not
 * changed; missing folders are created.
 *
 * @throws WriteError when it cannot.
 */
export async function checkWritable(path: string): Promise<void> {
  const earlier = await fs.promises.stat(path).catch(() => undefined);
  if (earlier?.isFile() === false && !earlier.isDirectory()) return;
  const dryRun = new Error();
  try {
    await replaceFile(path, PROBE.length, async (write) => {
      await write(PROBE);
      throw dryRun;
    });
  } catch (error) {
    if (error !== dryRun) throw error;
  }
}

/** On a full disk, an empty file can still be created. */
const PROBE = new Uint8Array(4096);

type Write = (bytes: Uint8Array) => Promise<void>;

async function replaceFile(
  path: string,
  size: number | undefined,
  writeContent: (write: Write) => Promise<void>,
): Promise<void> {
  // Errors of the content's source are thrown as they are.
  const failures = new Set<unknown>();
  const system = async <T>(work: Promise<T>) => {
    try {
      return await work;
    } catch (error) {
      failures.add(error);
      throw error;
    }
  };
  const temporary = temporaryFile(path);
  const folder = node.path.dirname(temporary);
  try {
    await system(createFolder(folder));
    const earlier = await fs.promises.stat(path).catch(() => undefined);
    const isSpecial = earlier !== undefined && !earlier.isFile();
    const handle = await system(
      isSpecial ? fs.promises.open(path, 'w') : fs.promises.open(temporary, 'wx', earlier?.mode),
    );
    try {
      if (!isSpecial) await removeStale(folder, (await handle.stat()).mtimeMs);
      await writeContent((piece) => system(writeAll(handle, piece)));
      if (isSpecial) return;
      // A file system without permissions refuses to change them.
      if (earlier) await handle.chmod(earlier.mode & 0o777).catch(() => undefined);
      await system(handle.sync());
    } finally {
      await system(handle.close());
    }
    await system(fs.rename(temporary, path));
    await system(syncFolder(folder));
  } catch (error) {
    await fs.promises.rm(temporary, { force: true }).catch(() => undefined);
    throw failures.has(error) ? await writeFailure(error, path, size) : error;
  }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let start = 0; start < bytes.length; ) {
    start += (await handle.write(bytes, start, Math.min(bytes.length - start, MAX_WRITE))).bytesWritten;
  }
}

/** One write of more than 2 GiB fails on some systems. */
const MAX_WRITE = 2 ** 26;
