import { isNode } from '@fastts/core';
import fs from 'fs-extra';

/**
 * Reads a whole file, so that the decoder need not open it twice and read it in pieces.
 *
 * @param source Its path, or its bytes, which are returned.
 * @throws Error whose message or `code` is the reason why it cannot be read, also for a pipe or a device, which might never end.
 */
export function readImageFile(source: string | Uint8Array): Promise<Uint8Array> {
  return typeof source === 'string' ? withFile(source, (file) => fs.readFile(file)) : Promise.resolve(source);
}

/** Reads the beginning of a file, which contains the header of most formats; otherwise like {@link readImageFile}. */
export async function readBeginning(source: string | Uint8Array): Promise<Uint8Array> {
  if (typeof source !== 'string') return source;
  return withFile(source, async (file) => {
    const { buffer, bytesRead } = await fs.read(file, new Uint8Array(BEGINNING), 0, BEGINNING, 0);
    return buffer.subarray(0, bytesRead);
  });
}

/** Number of bytes. */
const BEGINNING = 4096;

async function withFile<T>(path: string, use: (file: number) => Promise<T>): Promise<T> {
  if (!isNode()) {
    throw new Error('files cannot be decoded in a page: pass a tensor, such as tf.browser.fromPixels(img)');
  }
  // Opening a pipe would otherwise wait for a writer. Windows does not have the flag.
  const file = await fs.open(path, fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0));
  try {
    const stats = await fs.fstat(file);
    if (stats.isDirectory()) throw new Error('it is a folder');
    if (!stats.isFile()) throw new Error('it is not a file but a pipe, a socket or a device');
    return await use(file);
  } finally {
    await fs.close(file);
  }
}
