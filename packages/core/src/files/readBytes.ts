import fs from 'fs-extra';
import { FasttsError } from '../errors.js';
import { isNode } from '../node.js';

/** Location of a file: its path (in a page, its URL as a string), its URL, or its bytes, such as from a file input. */
export type FileSource = string | URL | Blob | ArrayBuffer | Uint8Array;

/**
 * Reads the bytes of a file.
 *
 * @throws FasttsError when the file does not exist or cannot be read, or the server responds with an error.
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

/**
 * Reads the bytes of a file on disk.
 *
 * @throws FasttsError that names the path when the file does not exist, is a folder, or is not readable.
 */
export async function readFile(path: string | URL): Promise<Buffer> {
  try {
    return await fs.readFile(path);
  } catch (error) {
    const reason = reasons[(error as NodeJS.ErrnoException).code ?? ''];
    if (!reason) throw error;
    throw new FasttsError(reason(path), { cause: error });
  }
}

const reasons: Readonly<Record<string, (path: string | URL) => string>> = {
  ENOENT: (path) => `There is no file ${path}.`,
  ENOTDIR: (path) => `There is no file ${path}: a part of its path is not a folder.`,
  EISDIR: (path) => `${path} is a folder: pass the path of a file.`,
  EACCES: (path) => `${path} cannot be read: its permissions do not allow it.`,
};

async function fetchBytes(url: string | URL): Promise<Uint8Array> {
  const response = await fetch(url);
  if (!response.ok) throw new FasttsError(`${url} responds with status ${response.status}.`);
  return new Uint8Array(await response.arrayBuffer());
}
