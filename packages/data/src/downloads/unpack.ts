import { mkdir } from 'node:fs/promises';
import { ArchiveError } from '../errors.js';
import { unzip } from './unzip.js';

/**
 * Unpacks a `.tgz`, `.tar.gz`, `.tar` or `.zip` into a folder, which is made.
 *
 * @param origin where the archive is from, for the message (default its path)
 * @throws ArchiveError when the archive is cut short or damaged
 */
export async function unpack(archive: string, folder: string, origin = archive): Promise<void> {
  await mkdir(folder, { recursive: true });
  try {
    if (/\.zip(\.|$)/.test(archive)) await unzip(archive, folder);
    else await untar(archive, folder);
  } catch (error) {
    throw new ArchiveError(
      `The archive from ${origin} is cut short or damaged (${(error as Error).message}): fetch it again.`,
      { cause: error },
    );
  }
}

async function untar(archive: string, folder: string): Promise<void> {
  const tar = await import('tar');
  // tar only warns of an archive that ends too early, among warnings that do not matter.
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
