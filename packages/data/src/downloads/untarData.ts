import { log, node, progressBar } from '@fastts/core';
import fs from 'fs-extra';
import { ArchiveError, DownloadError } from '../errors.js';
import { archiveChecks } from './archiveChecks.js';
import { download, dropPart } from './download.js';
import { archiveFolder, dataFolder } from './fasttsHome.js';
import { withLock } from './processLock.js';
import { unpack } from './unpack.js';

/** Settings of {@link untarData}. */
export interface UntarDataOptions {
  /** The parent of the data set's folder (default `~/.fastts/data`, or `$FASTTS_HOME/data`). */
  dest?: string;
  /** Whether to download it again even if it exists (default false). */
  force?: boolean;
}

/**
 * Downloads a data set's archive, verifies and unpacks it, and returns the path of its folder. If the folder exists,
 * nothing is downloaded.
 *
 * An interrupted download is resumed. The folder appears only when it is complete.
 *
 * Source: fastai `data/external.py`, `untar_data`.
 *
 * @param url The URL of a `.tgz`, `.tar.gz`, `.tar` or `.zip`, such as one of {@link URLs}.
 * @throws DownloadError when it cannot be downloaded.
 * @throws ArchiveError when the archive is not the expected one, truncated or damaged.
 * @example
 * const path = await untarData(URLs.IMAGENETTE_160);
 */
export async function untarData(
  url: string,
  { dest = dataFolder(), force = false }: UntarDataOptions = {},
): Promise<string> {
  const archive = node.path.join(archiveFolder(), archiveName(url));
  const folder = node.path.join(node.path.resolve(dest), dataSetName(archive));
  if (!force && (await fs.pathExists(folder))) return folder;
  await withLock(`${archive}.lock`, async () => {
    // Another process may have downloaded it in the meantime.
    if (!force && (await fs.pathExists(folder))) return;
    if (force) await dropPart(archive);
    const staging = `${folder}.unpacking`;
    try {
      await fs.rm(staging, { recursive: true, force: true });
      await fetchArchive(url, archive);
      log(`Unpacking ${node.path.basename(archive)}`);
      await unpack(archive, staging, url);
      await putInPlace(await contentsOf(staging), folder);
    } finally {
      // After an error tar may still be writing files that it had started.
      await fs.rm(staging, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
      await fs.rm(archive, { force: true });
    }
  });
  return folder;
}

async function fetchArchive(url: string, archive: string): Promise<void> {
  const check = archiveChecks[url];
  let bar: ReturnType<typeof progressBar> | undefined;
  try {
    await download(url, archive, {
      size: check?.size,
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
async function contentsOf(staging: string): Promise<string> {
  const entries = await fs.readdir(staging, { withFileTypes: true });
  const visible = entries.filter(({ name }) => !name.startsWith('.'));
  if (visible.length === 0)
    throw new ArchiveError(`The archive of ${node.path.basename(staging, '.unpacking')} contains no files.`);
  return visible.length === 1 && visible[0]!.isDirectory()
    ? node.path.join(staging, visible[0]!.name)
    : staging;
}

async function putInPlace(contents: string, folder: string): Promise<void> {
  await fs.mkdir(node.path.dirname(folder), { recursive: true });
  const old = `${folder}.old-${node.crypto.randomUUID()}`;
  if (await fs.pathExists(folder)) await fs.rename(folder, old);
  await fs.rename(contents, folder);
  await fs.rm(old, { recursive: true, force: true });
}

function archiveName(url: string): string {
  let path: string;
  try {
    path = new URL(url).pathname;
  } catch (error) {
    throw new DownloadError(`'${url}' is not a URL: pass one such as URLs.IMAGENETTE_160 or https://….tgz.`, {
      cause: error,
    });
  }
  return decodeURIComponent(node.path.basename(path)) || 'archive';
}

function dataSetName(archive: string): string {
  return node.path
    .basename(archive)
    .replace(/\.(tgz|tar|zip|gz)$/i, '')
    .replace(/\.tar$/i, '');
}
