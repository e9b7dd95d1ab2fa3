import {
  ArgumentError,
  checkInteger,
  checkNumber,
  decodeText,
  FileFormatError,
  log,
  makeFolder,
  node,
  progressBar,
  readFile,
} from '@fastts/core';
import { DownloadError, downloadWhole, parallel, safeName } from '@fastts/data';
import fs from 'fs-extra';
import { imageExtensions } from './imageFiles.js';

/** Settings of {@link downloadImages}: `urls` or `urlFile`. */
export interface DownloadImagesOptions {
  /** URLs of the images. */
  urls?: readonly string[];
  /** A text file with one URL per line. */
  urlFile?: string;
  /** Maximum number of URLs to download from the file (default 1000). */
  maxPics?: number;
  /** Number of concurrent downloads (default 8). */
  nWorkers?: number;
  /** Idle timeout of a download, in seconds (default 4). */
  timeout?: number;
  /** Whether to take file names from the URLs, numbered where a name is taken; otherwise they are random (default false). */
  preserveFilename?: boolean;
}

/**
 * Downloads images, such as search results, into a folder. A URL that does not respond is skipped;
 * `verifyImages` checks whether the files are images.
 *
 * Source: fastai `vision/utils.py`, `download_images`, which also drops a URL's query string from the file name.
 *
 * @param dest The folder, which is created if needed.
 * @returns The URLs that could not be downloaded.
 * @throws ArgumentError when there are no URLs, or a number is out of its range.
 * @throws DownloadError when none of them could be downloaded.
 * @throws WriteError when the disk is full or permission is missing.
 * @example
 * const failed = await downloadImages('bears/grizzly', { urls });
 * for (const file of await verifyImages(getImageFiles('bears'))) await rm(file);
 */
export async function downloadImages(
  dest: string,
  {
    urls,
    urlFile,
    maxPics = 1000,
    nWorkers = 8,
    timeout = 4,
    preserveFilename = false,
  }: DownloadImagesOptions = {},
): Promise<string[]> {
  checkInteger('maxPics', maxPics, { min: 1 });
  checkInteger('nWorkers', nWorkers, { min: 0 });
  checkNumber('timeout', timeout, { above: 0 });
  const addresses = urls ?? (urlFile === undefined ? [] : (await linesOf(urlFile)).slice(0, maxPics));
  if (addresses.length === 0) {
    throw new ArgumentError(
      `There are no URLs to download${urlFile === undefined ? '' : ` in ${urlFile}`}: pass urls, or a urlFile with one per line.`,
    );
  }
  await makeFolder(dest);
  const names = new FreeNames(await fs.readdir(dest));
  const pictures = addresses.map((url) => ({ url, name: names.take(...nameOf(url, preserveFilename)) }));
  const bar = progressBar({ total: addresses.length, label: 'Downloading', unit: 'images' });
  let done = 0;
  try {
    const errors = await parallel(
      async ({ url, name }) => {
        const error = await fetchPicture(url, node.path.join(dest, name), timeout);
        bar.update(++done);
        return error;
      },
      pictures,
      { nWorkers },
    );
    const failed = addresses.filter((_, i) => errors[i]);
    const [first] = errors.filter(Boolean);
    if (failed.length === addresses.length) {
      throw new DownloadError(
        `None of the ${failed.length} images could be downloaded. The first error: ${first!.message}`,
        {
          cause: first,
        },
      );
    }
    if (first)
      log(
        `${failed.length} of ${addresses.length} images could not be downloaded. The first error: ${first.message}`,
      );
    return failed;
  } finally {
    bar.stop();
  }
}

/** Anything larger is not an image, or not one to train with: a server could send forever. */
const MAX_IMAGE_BYTES = 500e6;

/** Downloads an image; returns the error if that fails. */
async function fetchPicture(url: string, file: string, timeout: number): Promise<DownloadError | undefined> {
  try {
    await downloadWhole(url, file, { timeout, maxBytes: MAX_IMAGE_BYTES });
    return undefined;
  } catch (error) {
    if (!(error instanceof DownloadError)) throw error;
    return error;
  }
}

async function linesOf(file: string): Promise<string[]> {
  const bytes = await readFile(file);
  try {
    const lines = decodeText(bytes).split(/\r\n?|\n/);
    return lines.map((line) => line.trim()).filter(Boolean);
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new FileFormatError(`The list of URLs ${file} cannot be read: ${reason}. Save it as UTF-8.`, {
      cause,
    });
  }
}

/** The file name for a URL: a stem, and an image file's extension. */
function nameOf(url: string, preserve: boolean): [stem: string, extension: string] {
  const file = safeName(url.replace(/[?#].*$/, '').replace(/^.*(\/|%2f|%5c)/i, ''));
  const known = node.path.extname(file);
  const extension = imageExtensions.includes(known.toLowerCase()) ? known : '.jpg';
  const stem = node.path.basename(file, known);
  return [preserve && stem ? stem : node.crypto.randomUUID(), extension];
}

/** Makes names unique, also when case is ignored, as some file systems do. */
class FreeNames {
  private readonly taken: Set<string>;

  constructor(taken: readonly string[]) {
    this.taken = new Set(taken.map((name) => name.toLowerCase()));
  }

  take(stem: string, extension: string): string {
    let name = stem + extension;
    for (let number = 1; this.taken.has(name.toLowerCase()); number++) name = `${stem}${number}${extension}`;
    this.taken.add(name.toLowerCase());
    return name;
  }
}
