import type { ByteCache, Pixels } from '@fastts/core';
import type { Picture } from './encodedImage.js';
import { type ImageSize, type ImageStep, wholeBox } from './imageStep.js';
import { keptSize, planDecode } from './planDecode.js';
import { runPlan, sizeOf } from './runPlan.js';

/** A cached image: all of it, possibly reduced to the scale at which it is used. */
export class CachedImage {
  /** @param full Height and width of the original image. */
  constructor(
    readonly pixels: Pixels,
    readonly full: ImageSize,
  ) {}
}

/** Options of {@link cachedImage}. */
export interface CachedImageOptions {
  /** Distinguishes it from other cached forms of the same image. */
  form: string;
  /**
   * The first step applied to it: if that step reduces the image by the same factors in every epoch, the reduced
   * image is cached.
   */
  first?: ImageStep;
  /** Reads the image. */
  read: (source: string | Uint8Array) => Promise<Picture>;
  /** Converts the pixels before they are cached. */
  convert: (pixels: Pixels) => Pixels;
}

/** Gets an image from a cache; if it is absent or too small, decodes it and adds it. */
export async function cachedImage(
  source: string | Uint8Array,
  cache: ByteCache,
  { form, first, read, convert }: CachedImageOptions,
): Promise<CachedImage> {
  const kept = cache.get(source, form);
  if (kept instanceof CachedImage && serves(kept, first)) return kept;
  const picture = await read(source);
  const full = sizeOf(picture);
  const size = keptSize(full, first);
  const shrinks = planDecode(full, [(height, width) => ({ box: wholeBox(height, width), size })]);
  const pixels = convert(await runPlan(picture, isSame(size, full) ? [] : shrinks));
  const image = new CachedImage(pixels, full);
  cache.set(source, form, image, pixels.data.byteLength);
  return image;
}

function serves({ pixels, full }: CachedImage, first: ImageStep | undefined): boolean {
  const size = sizeOf(pixels);
  return isSame(size, full) || isSame(size, keptSize(full, first));
}

function isSame(a: ImageSize, b: ImageSize): boolean {
  return a[0] === b[0] && a[1] === b[1];
}
