import { makeFolder, writeFailure } from '@fastts/core';
import fs from 'fs-extra';
import { ArchiveError } from '../errors.js';
import { UnpackLimits, type UnpackLimitsOptions } from './unpackLimits.js';
import { untar } from './untar.js';
import { unzip } from './unzip.js';

/** Settings of {@link unpack}. */
export interface UnpackOptions extends UnpackLimitsOptions {
  /** Where the archive is from, for error messages (default: its path). */
  origin?: string;
}

/**
 * Unpacks a tar archive, compressed or not, or a zip into a folder, which is created if needed.
 *
 * @throws ArchiveError when the archive is truncated or damaged, exceeds a limit, or holds anything other than files,
 *   folders and links inside of the folder.
 * @throws WriteError when the disk is full or permission is missing.
 */
export async function unpack(
  archive: string,
  folder: string,
  { origin = archive, ...limits }: UnpackOptions = {},
): Promise<void> {
  await makeFolder(folder);
  try {
    const { size } = await fs.stat(archive);
    const unpackAs = (await isZip(archive)) ? unzip : untar;
    await unpackAs(archive, folder, new UnpackLimits(size, limits));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (DISK_ERRORS.includes(code ?? '')) throw await writeFailure(error, folder);
    const reason =
      error instanceof ArchiveError
        ? `is refused: ${message}`
        : `is truncated or damaged (${message}): download it again`;
    throw new ArchiveError(`The archive from ${origin} ${reason}.`, { cause: error });
  }
}

/** Other errors of the operating system are due to names in the archive. */
const DISK_ERRORS = ['ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS', 'EIO', 'EMFILE'];

async function isZip(archive: string): Promise<boolean> {
  const handle = await fs.promises.open(archive);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return buffer.toString('latin1', 0, bytesRead) === 'PK';
  } finally {
    await handle.close();
  }
}
