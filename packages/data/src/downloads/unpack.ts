import fs from 'fs-extra';
import { ArchiveError } from '../errors.js';
import { unzip } from './unzip.js';

/**
 * Unpacks a `.tgz`, `.tar.gz`, `.tar` or `.zip` into a folder, which is created if needed.
 *
 * @param origin Where the archive is from, for error messages (default: its path).
 * @throws ArchiveError when the archive is truncated or damaged.
 */
export async function unpack(archive: string, folder: string, origin = archive): Promise<void> {
  await fs.mkdir(folder, { recursive: true });
  try {
    if (/\.zip(\.|$)/.test(archive)) await unzip(archive, folder);
    else await untar(archive, folder);
  } catch (error) {
    throw new ArchiveError(
      `The archive from ${origin} is truncated or damaged (${(error as Error).message}): download it again.`,
      { cause: error },
    );
  }
}

async function untar(archive: string, folder: string): Promise<void> {
  const tar = await import('tar');
  // tar reports a truncated archive only as a warning, among others that do not matter.
  let damage: Error | undefined;
  await tar.x({
    file: archive,
    cwd: folder,
    onwarn: (code, message) => {
      if (code === 'TAR_BAD_ARCHIVE' || code === 'TAR_ABORT' || code === 'TAR_ENTRY_ERROR') {
        damage ??= new Error(message);
      }
    },
  });
  if (damage) throw damage;
}
