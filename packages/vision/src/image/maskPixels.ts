import { ArgumentError, type Pixels } from '@fastts/core';

/** The highest class index that a mask can store. */
export const MAX_CLASS = 255;

/**
 * A mask of the given class indices, which are neither scaled nor clipped.
 *
 * @param classes `height · width · channels` numbers, in row-major order.
 * @throws ArgumentError when one is not an integer from 0 to 255.
 */
export function maskPixels(classes: ArrayLike<number>, size: Omit<Pixels, 'data'>): Pixels {
  if (classes instanceof Uint8Array) return { ...size, data: classes };
  const data = Uint8Array.from(classes);
  const wrong = data.findIndex((number, i) => number !== classes[i]);
  if (wrong < 0) return { ...size, data };
  const pixel = Math.floor(wrong / size.channels);
  const [row, column] = [Math.floor(pixel / size.width), pixel % size.width];
  throw new ArgumentError(
    `The class indices of a mask must be integers from 0 to ${MAX_CLASS}, got ${classes[wrong]} in row ${row}, column ` +
      `${column}: renumber them. For pixels to ignore, use ${MAX_CLASS}, and pass it to the loss as ignoreIndex.`,
  );
}
