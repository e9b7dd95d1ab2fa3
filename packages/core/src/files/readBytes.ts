import fs from 'fs-extra';
import { FasttsError, FileFormatError } from '../errors.js';
import { isNode } from '../node.js';
import { FileBudget, type FileLimits } from './fileBudget.js';
import { printable } from './quoted.js';

/** Location of a file: its path (in a page, its URL as a string), its URL, or its bytes, such as from a file input. */
export type FileSource = string | URL | Blob | ArrayBuffer | Uint8Array;

/**
 * Reads the bytes of a file.
 *
 * @throws FasttsError when the file does not exist or cannot be read, or the server responds with an error.
 * @throws FileFormatError when the file is larger than `limits` allow.
 */
export async function readBytes(source: FileSource, limits?: FileLimits): Promise<Uint8Array> {
  if (typeof source === 'string' || source instanceof URL) {
    return isNode() && isLocal(source) ? readFile(source, limits) : fetchBytes(source, limits);
  }
  if (source instanceof Uint8Array) return source;
  if (!('arrayBuffer' in source)) return new Uint8Array(source);
  checkSize(source.size, 'The file', limits);
  return new Uint8Array(await source.arrayBuffer());
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
 * @throws FasttsError that names the path when the file does not exist, is a folder or a device, or is not readable.
 * @throws FileFormatError that names the path when it is larger than `limits` allow.
 */
export async function readFile(path: string | URL, limits?: FileLimits): Promise<Buffer> {
  try {
    const stats = await fs.stat(path);
    // Reading a device such as /dev/zero would not end.
    if (!stats.isFile() && !stats.isDirectory())
      throw new FasttsError(`${path} is not a regular file: copy what it gives to one.`);
    checkSize(stats.size, path, limits);
    return await fs.readFile(path);
  } catch (error) {
    if (error instanceof FasttsError) throw error;
    const { code = '', message } = error as NodeJS.ErrnoException;
    const reason = reasons[code]?.(path) ?? `${path} cannot be read: ${message}.`;
    throw new FasttsError(reason, { cause: error });
  }
}

function checkSize(size: number, path: string | URL, limits?: FileLimits): void {
  try {
    new FileBudget(size, limits).check(size);
  } catch (error) {
    if (!(error instanceof FileFormatError)) throw error;
    throw new FileFormatError(`${path}: ${error.message}`, { cause: error });
  }
}

const reasons: Readonly<Record<string, (path: string | URL) => string>> = {
  ENOENT: (path) => `There is no file ${path}.`,
  ENOTDIR: (path) => `There is no file ${path}: a part of its path is not a folder.`,
  EISDIR: (path) => `${path} is a folder: pass the path of a file.`,
  ERR_FS_FILE_TOO_LARGE: (path) => `${path} is larger than the 2 GiB that Node reads at once: split it.`,
  ERR_INVALID_ARG_VALUE: (path) =>
    `There is no file ${printable(String(path))}: its path has a character that paths cannot have.`,
  EACCES: (path) => `${path} cannot be read: its permissions do not allow it.`,
};

async function fetchBytes(url: string | URL, limits?: FileLimits): Promise<Uint8Array> {
  const response = await fetch(url).catch((cause) => {
    throw new FasttsError(`${url} cannot be fetched: ${reasonOf(cause)}.`, { cause });
  });
  if (!response.ok) throw new FasttsError(`${url} responds with status ${response.status}.`);
  // A server may send without end.
  let size = 0;
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      size += chunk.length;
      checkSize(size, url, limits);
      controller.enqueue(chunk);
    },
  });
  return new Uint8Array(await new Response(response.body?.pipeThrough(counter)).arrayBuffer());
}

/** `fetch` says only that it failed; the reason is the error's cause. */
function reasonOf({ message, cause }: Error): string {
  return cause instanceof Error && cause.message ? cause.message : message;
}
