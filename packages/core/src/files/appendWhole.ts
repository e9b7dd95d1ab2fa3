import type { FileHandle } from 'node:fs/promises';
import fs from 'fs-extra';
import { node } from '../node.js';
import { makeFolder } from './makeFolder.js';
import { writeFailure } from './writeFailure.js';

/**
 * Appends to a file, wholly or not at all: if that fails, such as on a full disk, the file is as before. The file and
 * missing folders are created.
 *
 * @param flush Whether to wait until the bytes are on the disk (default false).
 * @throws WriteError when it cannot be written.
 */
export async function appendWhole(
  path: string,
  content: string | Uint8Array,
  { flush = false }: { flush?: boolean } = {},
): Promise<void> {
  const bytes = Buffer.from(content);
  try {
    const handle = await open(path);
    try {
      const stats = await handle.stat();
      try {
        await handle.appendFile(bytes);
        if (flush) await handle.sync();
      } catch (error) {
        if (stats.isFile()) await handle.truncate(stats.size).catch(() => undefined);
        throw error;
      }
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw await writeFailure(error, path, bytes.length);
  }
}

async function open(path: string): Promise<FileHandle> {
  try {
    return await fs.promises.open(path, 'a');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    await makeFolder(node.path.dirname(node.path.resolve(path)));
    return fs.promises.open(path, 'a');
  }
}
