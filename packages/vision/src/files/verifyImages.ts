import { LazyImage } from '../image/lazyImage.js';
import { failingFiles } from './failingFiles.js';

/**
 * Whether an image file can be read completely.
 *
 * Source: fastai `vision/utils.py`, `verify_image`.
 */
export async function verifyImage(file: string): Promise<boolean> {
  // A small size reduces the JPEG decoder's work, but it still reads the whole file.
  const small = new LazyImage(file).resize(32);
  return small.compute().then(
    () => true,
    () => false,
  );
}

/**
 * The image files that cannot be read: missing, truncated, or not images.
 *
 * Source: fastai `vision/utils.py`, `verify_images`.
 *
 * @param options.maxWorkers Number of files read concurrently (default: the number of processors).
 * @example
 * const failed = await verifyImages(getImageFiles(path));
 * for (const file of failed) await rm(file);
 */
export async function verifyImages(
  files: readonly string[],
  { maxWorkers }: { maxWorkers?: number } = {},
): Promise<string[]> {
  return failingFiles(files, verifyImage, { label: 'Verifying', maxWorkers });
}
