import { LazyImage } from '../image/lazyImage.js';
import { failingFiles } from './failingFiles.js';

/**
 * Whether an image file can be read to its end.
 *
 * Source: fastai `vision/utils.py`, `verify_image`.
 */
export async function verifyImage(file: string): Promise<boolean> {
  // A small size lets the JPEG decoder do less, but it has to read all of the file.
  const small = new LazyImage(file).resize(32);
  return small.compute().then(
    () => true,
    () => false,
  );
}

/**
 * The image files that cannot be read: missing, cut short, or no images.
 *
 * Source: fastai `vision/utils.py`, `verify_images`.
 *
 * @param options.maxWorkers how many are read at a time (default the number of processors)
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
