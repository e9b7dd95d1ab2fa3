import fs from 'fs-extra';
import { node } from '../node.js';
import { writeFailure } from './writeFailure.js';

/**
 * Creates a folder and its missing parents, durably.
 *
 * @throws WriteError when that is not possible.
 * @internal
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await createFolder(path);
  } catch (error) {
    throw await writeFailure(error, path);
  }
}

/**
 * {@link makeFolder} with the errors of the operating system.
 *
 * One folder at a time: with `recursive`, Node tries for ever to create a folder in `/proc`.
 */
export async function createFolder(path: string): Promise<void> {
  if (await isFolder(path)) return;
  const folder = node.path.resolve(path);
  const parent = node.path.dirname(folder);
  if (parent !== folder) await createFolder(parent);
  try {
    await fs.promises.mkdir(folder);
  } catch (error) {
    // Another process may have created it in the meantime.
    if (await isFolder(folder)) return;
    throw error;
  }
  await syncFolder(parent);
}

/**
 * Waits until the entries of a folder are on the disk, where the platform can (not on Windows).
 *
 * A folder that may be written but not read, and file systems that know no such thing, are left to the operating system.
 *
 * @internal
 */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  try {
    const handle = await fs.promises.open(path, 'r');
    await handle.sync().finally(() => handle.close());
  } catch (error) {
    if (!UNSUPPORTED.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

const UNSUPPORTED = ['EACCES', 'EPERM', 'EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EBADF'];

async function isFolder(path: string): Promise<boolean> {
  return fs.promises.stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}
