import fs from 'fs-extra';
import { FasttsError } from '../errors.js';
import { isNode } from '../node.js';

/** Location of a file: its path (in a page, its URL as a string), its URL, or its bytes, such as from a file input. */
export type FileSource = string | URL | Blob | ArrayBuffer | Uint8Array;

/**
 * Reads the bytes of a file.
 *
 * @throws FasttsError when the file does not exist, or the server responds with an error.
 */
export async function readBytes(source: FileSource): Promise<Uint8Array> {
  if (typeof source === 'string' || source instanceof URL) {
    return isNode() && isLocal(source) ? readFile(source) : fetchBytes(source);
  }
  if (source instanceof Uint8Array) return source;
  return new Uint8Array('arrayBuffer' in source ? await source.arrayBuffer() : source);
}

/** The name of a file for messages; `undefined` for bytes. */
export function sourceName(source: FileSource): string | undefined {
  return typeof source === 'string' || source instanceof URL ? String(source) : undefined;
}

function isLocal(source: string | URL): boolean {
  return typeof source === 'string' || source.protocol === 'file:';
}

async function readFile(path: string | URL): Promise<Uint8Array> {
  try {
    return await fs.readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new FasttsError(`There is no file ${path}.`, { cause: error });
  }
}

async function fetchBytes(url: string | URL): Promise<Uint8Array> {
  const response = await fetch(url);
  if (!response.ok) throw new FasttsError(`${url} responds with status ${response.status}.`);
  return new Uint8Array(await response.arrayBuffer());
}
