import { loadSharp, node, writeFileWhole } from '@fastts/core';
import fs from 'fs-extra';
import type Sharp from 'sharp';
import { wholeBox } from '../image/imageStep.js';
import { ImageError, LazyImage } from '../image/lazyImage.js';
import { failingFiles } from './failingFiles.js';
import { getImageFiles } from './imageFiles.js';
import { verifyImage } from './verifyImages.js';

/** Settings of {@link resizeImage}. */
export interface ResizeImageOptions {
  /** The folder that the file is in (default the working folder). */
  src?: string;
  /** The longer side, in pixels, of an image that is larger (default: unchanged). */
  maxSize?: number;
  /** Channels of the image: 3 (default) red, green and blue, 1 gray. */
  nChannels?: 1 | 3;
  /** The new file's ending, such as `'.png'`, and with it its format (default: as it is). */
  ext?: string;
  /** Leave it at what is in `dest` already (default false). */
  resume?: boolean;
}

/** Settings of {@link resizeImages}. */
export interface ResizeImagesOptions extends Omit<ResizeImageOptions, 'src'> {
  /** Look in folders within the folder, and make the same in `dest` (default false). */
  recurse?: boolean;
  /** The folder to write to, which may be the images' own (default the working folder). */
  dest?: string;
  /** How many are resized at a time (default the number of processors). */
  maxWorkers?: number;
}

/**
 * Rewrites a folder's images, none larger than `maxSize`, so that training does not read large files each epoch.
 * Images that are as wanted already are copied. A resized one is turned as its EXIF data says.
 *
 * Source: fastai `vision/utils.py`, `resize_images`.
 *
 * @param path the folder
 * @returns the files that are left out: they cannot be read as images, or without `ext` not be written, as SVG
 * @throws EmptySourceError when the folder does not exist or contains no image
 * @throws ImageError for a file that cannot be written, such as where `ext` names no format
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
 * Rewrites one image, as {@link resizeImages} does.
 *
 * Source: fastai `vision/utils.py`, `resize_image`.
 *
 * @param file its path within `src`, and within `dest`
 * @returns false if it cannot be read as an image, or its format not be written, and nothing was
 * @throws ImageError when it cannot be written
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
  const source = node.path.join(src, file);
  const target = node.path.join(
    dest,
    ext === undefined ? file : file.slice(0, -node.path.extname(file).length) + ext,
  );
  if (resume && (await exists(target))) return true;
  if (!(await verifyImage(source))) return false;
  const sharp = await loadSharp();
  // By its bytes: what sharp opens by name stays open for a while, and Windows then refuses to replace it.
  const { width, height, channels, format } = await sharp(await fs.readFile(source)).metadata();
  const wanted = ext === undefined ? format : formatOf(ext);
  if (Math.max(width, height) <= maxSize && channels === nChannels && format === wanted) {
    await fs.mkdir(node.path.dirname(target), { recursive: true });
    if (node.path.resolve(source) !== node.path.resolve(target)) await fs.copyFile(source, target);
    return true;
  }
  if (ext === undefined && !sharp.format[format].output.buffer) return false;
  const picture = new LazyImage(source, nChannels === 3 ? 'rgb' : 'gray').with((height, width) => ({
    box: wholeBox(height, width),
    size: sizeWithin(maxSize, height, width),
  }));
  const { data, ...raw } = await picture.compute();
  try {
    const written = sharp(data, { raw }).toColorspace(nChannels === 3 ? 'srgb' : 'b-w');
    await writeFileWhole(target, await written.toFormat(wanted).toBuffer());
  } catch (error) {
    throw new ImageError(`${target} cannot be written: ${(error as Error).message}. Give another ext.`, {
      cause: error,
    });
  }
  return true;
}

/** Height and width in the same proportion with the longer side at most `maxSize`, rounded down as fastai does. */
function sizeWithin(maxSize: number, height: number, width: number): [height: number, width: number] {
  const ratio = Math.min(1, maxSize / Math.max(height, width));
  return [Math.max(1, Math.floor(height * ratio)), Math.max(1, Math.floor(width * ratio))];
}

function formatOf(ext: string): keyof Sharp.FormatEnum {
  const name = ext.replace(/^\./, '').toLowerCase();
  return (name === 'jpg' ? 'jpeg' : name === 'tif' ? 'tiff' : name) as keyof Sharp.FormatEnum;
}

function exists(path: string): Promise<boolean> {
  return fs.access(path).then(
    () => true,
    () => false,
  );
}
