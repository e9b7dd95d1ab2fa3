import { isPixels, ShapeError } from '@fastts/core';
import { readOrientation } from './encodedImage.js';
import type { LazyImage } from './lazyImage.js';

/**
 * Checks that a mask has the size of its image, or of one of several, before item transforms, which would otherwise
 * misplace it.
 *
 * @throws ShapeError when they do not, with both sizes and the EXIF orientation that may be the reason.
 */
export async function checkMaskSize(mask: LazyImage, images: readonly LazyImage[]): Promise<void> {
  const [maskHeight, maskWidth] = await mask.givenSize();
  const sizes = await Promise.all(images.map((image) => image.givenSize()));
  if (sizes.some(([height, width]) => height === maskHeight && width === maskWidth)) return;
  const [[image], [size]] = [images, sizes];
  if (!image || !size) return;
  const [height, width] = size;
  const [ofMask, ofImage] = await Promise.all([rotation(mask), rotation(image)]);
  throw new ShapeError(
    `The mask has ${maskHeight}×${maskWidth} pixels${ofMask}, its image ${height}×${width}${ofImage}, which must be equal: ` +
      "correct one of the files, or have getY return new LazyImage(file, 'mask').resize([height, width]).",
  );
}

/** How EXIF data rotates a file's image, in words for a message. */
async function rotation({ source }: LazyImage): Promise<string> {
  const orientation = isPixels(source) ? 1 : await readOrientation(source);
  return orientation > 1 ? ` (rotated according to its EXIF orientation, ${orientation})` : '';
}
