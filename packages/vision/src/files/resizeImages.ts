import { checkNumber, loadSharp, node, WriteError, writeFileWhole } from '@fastts/core';
import fs from 'fs-extra';
import type Sharp from 'sharp';
import { wholeBox } from '../image/imageStep.js';
import { ImageError, LazyImage } from '../image/lazyImage.js';
import { failingFiles } from './failingFiles.js';
import { getImageFiles } from './imageFiles.js';
import { verifyImage } from './verifyImages.js';

/** Settings of {@link resizeImage}. */
export interface ResizeImageOptions {
  /** The folder that contains the file (default: the working directory). */
  src?: string;
  /** Maximum length of the longer side, in pixels (default: any). */
  maxSize?: number;
  /** Number of channels: 3 (default) for RGB, 1 for grayscale. */
  nChannels?: 1 | 3;
  /** Extension of the new file, such as `'.png'`, which determines its format (default: unchanged). */
  ext?: string;
  /** Whether to skip files that exist in `dest` (default false). */
  resume?: boolean;
}

/** Settings of {@link resizeImages}. */
export interface ResizeImagesOptions extends Omit<ResizeImageOptions, 'src'> {
  /** Whether to process subfolders, which are created in `dest` (default false). */
  recurse?: boolean;
  /** The folder to write to, which may be the images' folder (default: the working directory). */
  dest?: string;
  /** Number of images resized concurrently (default: the number of processors). */
  maxWorkers?: number;
}

/**
 * Rewrites a folder's images, none larger than `maxSize`, so that training does not read large files each epoch.
 * Images that need no change are copied. Resized images are rotated according to their EXIF orientation.
 *
 * Source: fastai `vision/utils.py`, `resize_images`.
 *
 * @param path The folder.
 * @returns The skipped files, which cannot be read as images, or cannot be written without `ext`, such as BMP and HEIC.
 * @throws EmptySourceError when the folder does not exist or contains no image.
 * @throws ImageError when a file cannot be written, for example because `ext` is not an image format.
 * @example
 * await resizeImages(path, { maxSize: 400, recurse: true, dest: path });
 */
export async function resizeImages(
  path: string,
  { recurse = false, maxWorkers, dest = '.', ...options }: ResizeImagesOptions = {},
): Promise<string[]> {
  const files = getImageFiles(path, { recurse });
  return failingFiles(
    files,
    (file) => resizeImage(node.path.relative(path, file), dest, { ...options, src: path }),
    { label: 'Resizing', maxWorkers },
  );
}

/**
 * Rewrites one image; see {@link resizeImages}.
 *
 * Source: fastai `vision/utils.py`, `resize_image`.
 *
 * @param file Its path relative to `src` and to `dest`.
 * @returns False if nothing was written, because it cannot be read as an image or its format cannot be written.
 * @throws ImageError when it cannot be encoded; WriteError when it cannot be written.
 */
export async function resizeImage(
  file: string,
  dest: string,
  {
    src = '.',
    maxSize = Number.POSITIVE_INFINITY,
    nChannels = 3,
    ext,
    resume = false,
  }: ResizeImageOptions = {},
): Promise<boolean> {
  if (maxSize !== Number.POSITIVE_INFINITY) checkNumber('maxSize', maxSize, { min: 1 });
  const source = node.path.join(src, file);
  const target = node.path.join(
    dest,
    ext === undefined ? file : file.slice(0, -node.path.extname(file).length) + ext,
  );
  if (resume && (await fs.pathExists(target))) return true;
  if (!(await verifyImage(source))) return false;
  const sharp = await loadSharp();
  // Pass bytes, not the path: sharp keeps files that it opens open for a while, and Windows cannot replace an open file.
  const bytes = await fs.readFile(source);
  // It rejects formats that sharp cannot decode, such as BMP.
  const given = await sharp(bytes, { limitInputPixels: false })
    .metadata()
    .catch(() => undefined);
  const format = given?.compression === 'hevc' ? undefined : given?.format;
  const wanted = ext === undefined ? format : formatOf(ext);
  if (!wanted) return false;
  if (
    given &&
    format === wanted &&
    given.channels === nChannels &&
    Math.max(given.width, given.height) <= maxSize
  ) {
    if (node.path.resolve(source) !== node.path.resolve(target)) await writeFileWhole(target, bytes);
    return true;
  }
  const picture = new LazyImage(source, nChannels === 3 ? 'rgb' : 'gray').with((height, width) => ({
    box: wholeBox(height, width),
    size: sizeWithin(maxSize, height, width),
  }));
  const { data, ...raw } = await picture.compute();
  try {
    const written = sharp(data, { raw }).toColorspace(nChannels === 3 ? 'srgb' : 'b-w');
    await writeFileWhole(target, await written.toFormat(wanted).toBuffer());
  } catch (error) {
    if (error instanceof WriteError) throw error;
    throw new ImageError(`${target} cannot be written: ${(error as Error).message}. Choose another ext.`, {
      cause: error,
    });
  }
  return true;
}

/** Height and width of the same aspect ratio with the longer side at most `maxSize`, rounded down as in fastai. */
function sizeWithin(maxSize: number, height: number, width: number): [height: number, width: number] {
  const ratio = Math.min(1, maxSize / Math.max(height, width));
  return [Math.max(1, Math.floor(height * ratio)), Math.max(1, Math.floor(width * ratio))];
}

function formatOf(ext: string): keyof Sharp.FormatEnum {
  const name = ext.replace(/^\./, '').toLowerCase();
  return (name === 'jpg' ? 'jpeg' : name === 'tif' ? 'tiff' : name) as keyof Sharp.FormatEnum;
}
