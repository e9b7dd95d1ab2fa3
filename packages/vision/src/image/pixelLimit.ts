import { checkInteger } from '@fastts/core';

/** sharp's default: a square of 16383 pixels on a side. */
let limit = 0x3fff ** 2;

/**
 * Sets the number of pixels beyond which an image is not decoded but an error, since it would take too much memory
 * (default 268402689). It limits each side, too, to 16 times the side of a square of that many pixels (262128).
 *
 * Source: Pillow's `Image.MAX_IMAGE_PIXELS`.
 *
 * @param count Height times width, an integer ≥ 1.
 * @throws ArgumentError for any other number.
 * @example
 * setMaxImagePixels(1e9);
 */
export function setMaxImagePixels(count: number): void {
  checkInteger('count', count, { min: 1 });
  limit = count;
}

/** The limit set by {@link setMaxImagePixels}. */
export function maxImagePixels(): number {
  return limit;
}

/** Throws an error, whose message is the reason why an image cannot be read, if it is larger than the limit. */
export function checkPixelCount(height: number, width: number): void {
  if (height * width > limit) throw new Error(tooManyPixels(height, width));
  const longest = Math.floor(MAX_RATIO * Math.sqrt(limit));
  if (Math.max(height, width) > longest) {
    throw new Error(
      `it has ${height}×${width} pixels, and its longer side more than ${longest}: raise this limit by setMaxImagePixels(count)`,
    );
  }
}

/** Longest side, relative to a square of as many pixels as the limit. Reducing longer ones would take minutes. */
const MAX_RATIO = 16;

/** The reason why an image of more pixels than the limit cannot be read. */
export function tooManyPixels(height: number, width: number): string {
  return `it has ${height}×${width} pixels, more than the limit of ${limit}: raise it by setMaxImagePixels(count)`;
}
