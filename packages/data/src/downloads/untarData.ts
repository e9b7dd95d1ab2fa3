import {
  log,
  makeFolder,
  node,
  PROCESS_IDENTITY,
  processState,
  progressBar,
  syncFolder,
  temporaryFile,
  writeFailure,
} from '@fastts/core';
import fs from 'fs-extra';
import { ArchiveError } from '../errors.js';
import { archiveChecks } from './archiveChecks.js';
import { dataSetName } from './dataSetName.js';
import { download, dropPart } from './download.js';
import { archiveFolder, dataFolder } from './fasttsHome.js';
import { withLock } from './processLock.js';
import { syncTree } from './syncTree.js';
import { unpack } from './unpack.js';
import { checkLimits, MAX_BYTES, type UnpackLimitsOptions } from './unpackLimits.js';

/** Settings of {@link untarData}. */
export interface UntarDataOptions extends UnpackLimitsOptions {
  /** The parent of the data set's folder (default `~/.fastts/data`, or `$FASTTS_HOME/data`). */
  dest?: string;
  /** Whether to download it again even if it exists (default false). */
  force?: boolean;
}

/**
 * Downloads a data set's archive, verifies and unpacks it, and returns the path of its folder. If the folder exists,
 * nothing is downloaded.
 *
 * An interrupted or stalled download is resumed. The folder appears only when it is complete; of several processes that
 * want it, one downloads it. Its name is the archive's, without characters that could lead elsewhere; nothing outside of
 * the data set's folder is changed, except its archive and lock in `$FASTTS_HOME/archive`.
 *
 * Source: fastai `data/external.py`, `untar_data`.
 *
 * @param url The URL of a `.tgz`, `.tar.gz`, `.tar` or `.zip`, such as one of {@link URLs}. Redirects to other hosts are
 *   followed, but not from HTTPS to HTTP.
 * @throws ArgumentError when a limit is not a positive number.
 * @throws DownloadError when it cannot be downloaded.
 * @throws ArchiveError when the archive is not the expected one, truncated or damaged, or exceeds `maxBytes` or `maxRatio`.
 * @throws WriteError when the disk is full or permission is missing.
 * @example
 * const path = await untarData(URLs.IMAGENETTE_160);
 */
export async function untarData(
  url: string,
  { dest = dataFolder(), force = false, ...limits }: UntarDataOptions = {},
): Promise<string> {
  checkLimits(limits);
  const name = dataSetName(url);
  const archive = node.path.join(archiveFolder(), name.archive);
  const folder = node.path.join(node.path.resolve(dest), name.folder);
  if (!force && (await isThere(folder))) return folder;
  await withLock(`${archive}.lock`, async () => {
    // Another process may have downloaded it in the meantime.
    if (!force && (await isThere(folder))) return;
    if (force) await dropPart(archive);
    // Throws before the download if a file is in the folder's place.
    await isThere(folder);
    await removeLeftovers(folder);
    const staging = temporaryFile(folder, 'unpacking');
    try {
      await makeFolder(staging);
      await fetchArchive(url, archive, limits.maxBytes ?? MAX_BYTES);
      log(`Unpacking ${node.path.basename(archive)}`);
      await unpack(archive, staging, { origin: url, ...limits });
      await putInPlace(await contentsOf(staging, url), folder, force);
    } finally {
      await fs.rm(staging, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
      await fs.rm(archive, { force: true });
    }
  });
  return folder;
}

/**
 * Whether the data set is there.
 *
 * @throws WriteError when something other than a folder is in its place, which is not the library's.
 */
async function isThere(folder: string): Promise<boolean> {
  const stats = await fs.promises.stat(folder).catch(() => undefined);
  if (!stats || stats.isDirectory()) return stats !== undefined;
  throw await writeFailure(Object.assign(new Error('It is not a folder.'), { code: 'EEXIST' }), folder);
}

/** Removes what processes left that were killed while they unpacked this data set. */
async function removeLeftovers(folder: string): Promise<void> {
  const { dir, base } = node.path.parse(folder);
  for (const name of await fs.promises.readdir(dir).catch(() => [])) {
    const [, identity] = (name.startsWith(`${base}.`) && LEFTOVER.exec(name.slice(base.length + 1))) || [];
    if (identity && processState(identity) === 'ended') {
      await fs.rm(node.path.join(dir, name), { recursive: true, force: true });
    }
  }
}

const LEFTOVER = new RegExp(`^(${PROCESS_IDENTITY.source})\\.[0-9a-z]+\\.(?:unpacking|old)$`);

async function fetchArchive(url: string, archive: string, maxBytes: number): Promise<void> {
  const check = archiveChecks[url];
  let bar: ReturnType<typeof progressBar> | undefined;
  try {
    await download(url, archive, {
      size: check?.size,
      maxBytes,
      onProgress: (have, total) => {
        if (total === undefined) return;
        bar ??= progressBar({ total, label: `Downloading ${node.path.basename(archive)}`, unit: 'bytes' });
        bar.update(have);
      },
    });
  } finally {
    bar?.stop();
  }
  if (!check) return;
  const { size } = await fs.stat(archive);
  const md5 = await md5OfFirstMebibyte(archive);
  if (size !== check.size || md5 !== check.md5) {
    throw new ArchiveError(
      `The file from ${url} is not the data set's archive: it has ${size} bytes and MD5 ${md5}, ` +
        `expected ${check.size} and ${check.md5}. Download it again, or check for a proxy that changes it.`,
    );
  }
}

async function md5OfFirstMebibyte(file: string): Promise<string> {
  const handle = await fs.promises.open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2 ** 20), 0, 2 ** 20, 0);
    return node.crypto.createHash('md5').update(buffer.subarray(0, bytesRead)).digest('hex');
  } finally {
    await handle.close();
  }
}

/** The archive's single top-level folder, or else the folder it was unpacked to. */
async function contentsOf(staging: string, url: string): Promise<string> {
  const entries = await fs.promises.readdir(staging, { withFileTypes: true });
  const visible = entries.filter(({ name }) => !name.startsWith('.'));
  if (visible.length === 0) throw new ArchiveError(`The archive from ${url} contains no files.`);
  return visible.length === 1 && visible[0]!.isDirectory()
    ? node.path.join(staging, visible[0]!.name)
    : staging;
}

async function putInPlace(contents: string, folder: string, force: boolean): Promise<void> {
  const old = temporaryFile(folder, 'old');
  try {
    await syncTree(contents);
    if (force && (await fs.pathExists(folder))) await fs.rename(folder, old);
    await fs.rename(contents, folder);
    await syncFolder(node.path.dirname(folder));
  } catch (error) {
    // A process with another FASTTS_HOME, and thus another lock, was faster.
    if (!force && (await fs.pathExists(folder))) return;
    throw await writeFailure(error, folder);
  }
  await fs.rm(old, { recursive: true, force: true });
}
