import { node } from '@fastts/core';
import fs from 'fs-extra';
import type { UnpackLimits } from './unpackLimits.js';

/**
 * Unpacks a tar archive, compressed or not, into an existing folder: files, folders, and links that stay inside. Owners
 * are dropped, and permissions other than to read, write and execute.
 *
 * @throws Error that describes what is wrong with the archive, or the operating system's error.
 */
export async function untar(archive: string, folder: string, limits: UnpackLimits): Promise<void> {
  const { UnpackSync } = await import('tar');
  let failure: Error | undefined;
  const links: string[] = [];
  // Piece by piece, each synchronously: the asynchronous Unpack waits forever for itself at a link to its own parent, and
  // continues to write after an error.
  const unpack = new UnpackSync({
    cwd: folder,
    preserveOwner: false,
    maxDecompressionRatio: Math.max(1000, limits.maxRatio),
    filter(path, entry) {
      try {
        // Only when an archive is created, entries are files on the disk.
        if (!('header' in entry)) return false;
        check(path, entry, limits);
        if (entry.type === 'SymbolicLink') links.push(path);
      } catch (error) {
        failure ??= error as Error;
      }
      return failure === undefined;
    },
    // tar reports a truncated archive only as a warning, among others that do not matter.
    onwarn(code, message, data) {
      if (DAMAGE.includes(code) || message === 'checksum failure') {
        const { message: text, code: ofSystem } =
          typeof message === 'string' ? { message, code: undefined } : (message as NodeJS.ErrnoException);
        failure ??= Object.assign(new Error(text), { code: ofSystem ?? data.code });
      }
    },
  });
  unpack.on('error', (error) => {
    failure ??= error as Error;
  });
  for await (const piece of fs.createReadStream(archive)) {
    unpack.write(piece);
    if (failure) throw failure;
  }
  unpack.end();
  if (failure) throw failure;
  for (const link of links) await checkLink(folder, node.path.join(folder, link));
}

const DAMAGE = ['TAR_BAD_ARCHIVE', 'TAR_ABORT', 'TAR_ENTRY_ERROR', 'TAR_ENTRY_UNSUPPORTED'];
const FILES = ['File', 'OldFile', 'ContiguousFile', 'Link', 'SymbolicLink'];

/** What is checked of an entry of tar's. */
interface Entry {
  type: string;
  size: number;
  mode?: number;
}

/** Counts an entry, and limits its permissions. */
function check(path: string, entry: Entry, limits: UnpackLimits): void {
  const isFolder = entry.type === 'Directory';
  if (!isFolder && !FILES.includes(entry.type)) throw new Error(`'${path}' is a ${entry.type}`);
  // tar would replace the target folder itself.
  if (!isFolder && /^[./\\]*$/.test(path)) throw new Error(`'${path}' is not the name of a file`);
  limits.add(entry.size);
  const own = isFolder ? 0o700 : 0o600;
  // No setuid, setgid and sticky bits, and nobody else may write.
  entry.mode = ((entry.mode ?? 0o755) & 0o755) | own;
}

/** Each link of a chain may stay inside as tar checks it, by its text, while the chain leads outside. */
async function checkLink(folder: string, link: string): Promise<void> {
  let target: string;
  try {
    target = await fs.promises.realpath(link);
  } catch {
    await fs.rm(link, { force: true });
    return;
  }
  const within = node.path.relative(await fs.promises.realpath(folder), target);
  if (within.split(node.path.sep)[0] === '..' || node.path.isAbsolute(within)) {
    throw new Error(`'${node.path.relative(folder, link)}' links to outside of the target folder`);
  }
}
