import fs from 'fs-extra';
import { WriteError } from '../errors.js';
import { node } from '../node.js';

/**
 * The error for a file or folder that the operating system refused to write: the reason, and what to do. Other errors
 * are returned as they are.
 *
 * @param wanted The file's size in bytes, if known.
 * @internal
 */
export async function writeFailure(error: unknown, path: string, wanted?: number): Promise<unknown> {
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof WriteError || typeof code !== 'string') return error;
  const describe = descriptions[code] ?? (() => `${(error as Error).message}: choose another path.`);
  const reason = await describe(node.path.resolve(path), wanted);
  return new WriteError(`${path} cannot be written: ${reason}`, path, code, { cause: error });
}

type Describe = (path: string, wanted?: number) => string | Promise<string>;

const permission: Describe = async (path) =>
  `this user may not write in ${await nearest(node.path.dirname(path))}. Change its permissions, or choose another folder.`;

const impossible: Describe = async (path) => {
  const place = await nearest(path);
  const isFolder = (await fs.promises.stat(place).catch(() => undefined))?.isDirectory();
  return isFolder
    ? `${place} accepts no new files or folders. Choose another folder.`
    : `${place} is not a folder. Choose another path.`;
};

const descriptions: Readonly<Record<string, Describe>> = {
  async ENOSPC(path, wanted) {
    const { bavail = 0, bsize = 0, ffree = 1 } = await statfs(await nearest(path));
    if (bavail > 0 && ffree === 0)
      return 'its file system has no room for more files. Remove some, or choose another folder.';
    const needed = wanted === undefined ? '' : `${bytes(wanted)} are needed and `;
    return `the disk is full: ${needed}${bytes(bavail * bsize)} are free. Free some space, or choose another folder.`;
  },
  EDQUOT: (_, wanted) =>
    `this user's disk quota is used up${wanted === undefined ? '' : `, and ${bytes(wanted)} are needed`}. Free some space, or choose another folder.`,
  EFBIG: (_, wanted) =>
    `${wanted === undefined ? 'it is' : `its ${bytes(wanted)} are`} more than the file system or this process's limit (ulimit -f) allows. Raise the limit, or choose another folder.`,
  EACCES: permission,
  EPERM: permission,
  EROFS: async (path) =>
    `${await nearest(node.path.dirname(path))} is on a read-only file system. Choose another folder.`,
  ENOTDIR: impossible,
  EEXIST: impossible,
  ENOENT: impossible,
  EISDIR: () => 'it is a folder. Choose the path of a file.',
  ENAMETOOLONG: () =>
    'its path is longer than the file system allows, usually 255 bytes per name. Choose a shorter one.',
  ELOOP: () => 'its symbolic links form a circle. Choose another path.',
  ERR_INVALID_ARG_VALUE: () => 'its path has a NUL character. Choose another path.',
};

/** The path itself if it is a file that is in the way or a folder, else the closest parent that exists. */
async function nearest(path: string): Promise<string> {
  const parent = node.path.dirname(path);
  const isThere = await fs.promises.lstat(path).catch(() => undefined);
  return isThere || parent === path ? path : nearest(parent);
}

async function statfs(path: string): Promise<{ bavail?: number; bsize?: number; ffree?: number }> {
  return fs.promises.statfs(path).catch(() => ({}));
}

function bytes(count: number): string {
  return `${count.toLocaleString('en')} bytes`;
}
