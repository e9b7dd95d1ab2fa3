import { type PadMode, type Size, Transform, type TransformContext, toSize } from '@fastts/core';
import type { Framing, LazyImage } from '../image/lazyImage.js';

/** How a picture of another shape is made to fit: its edges are cut off, filled up, or it is deformed. */
export type ResizeMethod = 'crop' | 'pad' | 'squish';

/** Options of {@link Resize}. */
export interface ResizeOptions {
  /** How a picture of another shape is made to fit (default `'crop'`). */
  method?: ResizeMethod;
  /** What the edges are filled with by `'pad'` (default `'reflection'`). */
  padMode?: PadMode;
}

/**
 * Item transform that resizes pictures. With `'crop'` a random part is kept in training and the middle in
 * validation; with `'pad'` the picture lies at a random place in training and in the middle in validation.
 *
 * Source: fastai `vision/augment.py`. Where fastai cuts first and then resizes, this resizes and then cuts, so
 * that the JPEG decoder may shrink; the two differ by less than a pixel of the output.
 *
 * @example
 * new Resize(460);
 * new Resize([128, 192], { method: 'pad', padMode: 'zeros' });
 */
export class Resize extends Transform {
  override order = 1;
  override kinds = ['image'];
  readonly size: readonly [height: number, width: number];
  readonly method: ResizeMethod;
  readonly padMode: PadMode;
  private place: readonly [x: number, y: number] = [0.5, 0.5];

  constructor(size: Size, { method = 'crop', padMode = 'reflection' }: ResizeOptions = {}) {
    super();
    this.size = toSize(size);
    this.method = method;
    this.padMode = padMode;
  }

  override beforeCall(
    _values: readonly unknown[],
    _kinds: readonly string[],
    context: TransformContext,
  ): void {
    this.place = context.split === 0 ? [context.rng.next(), context.rng.next()] : [0.5, 0.5];
  }

  encodes(image: LazyImage): LazyImage {
    const { size, method, padMode, place } = this;
    return image.framed((height, width) => ({
      ...(method === 'squish' ? squish(size) : fit(height, width, size, method, place)),
      padMode,
    }));
  }
}

/** The whole picture, deformed to `size`. */
export function squish([height, width]: readonly [number, number]): Framing {
  return { scaled: { width, height }, window: { left: 0, top: 0, width, height } };
}

/**
 * The picture scaled so that it just covers `size` (`'crop'`) or just fits into it (`'pad'`), and the window
 * of `size` at `place`, shares of what is left over to the left and above.
 */
export function fit(
  height: number,
  width: number,
  [outHeight, outWidth]: readonly [number, number],
  method: 'crop' | 'pad',
  [x, y]: readonly [number, number],
): Framing {
  const [byWidth, byHeight] = [width / outWidth, height / outHeight];
  const shrink = method === 'crop' ? Math.min(byWidth, byHeight) : Math.max(byWidth, byHeight);
  const scaled = {
    width: Math.max(1, Math.round(width / shrink)),
    height: Math.max(1, Math.round(height / shrink)),
  };
  return {
    scaled,
    window: {
      left: Math.round(x * (scaled.width - outWidth)),
      top: Math.round(y * (scaled.height - outHeight)),
      width: outWidth,
      height: outHeight,
    },
  };
}
