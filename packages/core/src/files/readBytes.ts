import type * as FsExtra from 'fs-extra';
import { FasttsError } from '../errors.js';
import { isNode, nodePackage } from '../nodePackage.js';

/** Where a file is: its path (in a page, its URL as text), its URL, or its bytes, as a page has them of a file input. */
export type FileSource = string | URL | Blob | ArrayBuffer | Uint8Array;

/**
 * The bytes of a file.
 *
 * @throws FasttsError when there is no such file, or its server does not give it
 */
export async function readBytes(source: FileSource): Promise<Uint8Array> {
  if (typeof source === 'string' || source instanceof URL) {
    return isNode() && isLocal(source) ? readFile(source) : fetchBytes(source);
  }
  if (source instanceof Uint8Array) return source;
  return new Uint8Array('arrayBuffer' in source ? await source.arrayBuffer() : source);
}

/** What to call a file in a message; `undefined` for bytes. */
export function sourceName(source: FileSource): string | undefined {
  return typeof source === 'string' || source instanceof URL ? String(source) : undefined;
}

function isLocal(source: string | URL): boolean {
  return typeof source === 'string' || source.protocol === 'file:';
}

async function readFile(path: string | URL): Promise<Uint8Array> {
  const fs = nodePackage<typeof FsExtra>('fs-extra');
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
