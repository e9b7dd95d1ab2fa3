import { isNode } from '@fastts/core';
import fs from 'fs-extra';

/** Reads a whole file, so that the decoder need not open it twice and read it in pieces. */
export async function readImageFile(source: string | Uint8Array): Promise<Uint8Array> {
  if (!isNode()) {
    throw new Error('files cannot be decoded in a page: pass a tensor, such as tf.browser.fromPixels(img)');
  }
  if (typeof source !== 'string') return source;
  // Opening a pipe would otherwise wait for a writer. Windows does not have the flag.
  const file = await fs.open(source, fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0));
  try {
    checkRegular(await fs.fstat(file));
    return await fs.readFile(file);
  } finally {
    await fs.close(file);
  }
}

/** Checks that a path is a file that can be read to its end, unlike a folder, a pipe or a device. */
export async function checkImageFile(path: string): Promise<void> {
  checkRegular(await fs.stat(path));
}

function checkRegular(stats: fs.Stats): void {
  if (stats.isDirectory()) throw new Error('it is a folder');
  if (!stats.isFile()) throw new Error('it is not a file but a pipe, a socket or a device');
}
