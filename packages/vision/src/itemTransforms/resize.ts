import { type Box, type DrawContext, type PadMode, registered, type Size, toSize } from '@fastts/core';
import { type ImageStep, wholeBox } from '../image/imageStep.js';
import { CropResizeTfm } from './cropResizeTfm.js';

/** How an image is fitted to another aspect ratio: cropped, padded, or squished. */
export type ResizeMethod = 'crop' | 'pad' | 'squish';

/** Options of {@link Resize}. */
export interface ResizeOptions {
  /** How an image is fitted to another aspect ratio (default `'crop'`). */
  method?: ResizeMethod;
  /** Padding of `'pad'` (default `'reflection'`). */
  padMode?: PadMode;
}

/**
 * Item transform that resizes images, and masks by the nearest pixel. With `'crop'`, a random part is kept in
 * training, and the center in validation. With `'pad'`, the image is placed at random in training, and centered in
 * validation.
 *
 * Source: fastai `vision/augment.py`. Pixels match Pillow's, up to rounding where an image is enlarged, and within about
 * one level on average where it shrinks. A JPEG that shrinks to half its size or less, and an image from a cache that
 * shrinks, are cropped after resizing, which shifts the crop by at most half an output pixel.
 *
 * @example
 * new Resize(460);
 * new Resize([128, 192], { method: 'pad', padMode: 'zeros' });
 */
@registered('Resize')
export class Resize extends CropResizeTfm {
  readonly size: readonly [height: number, width: number];
  readonly method: ResizeMethod;
  readonly padMode: PadMode;

  constructor(size: Size, { method = 'crop', padMode = 'reflection' }: ResizeOptions = {}) {
    super();
    this.size = toSize(size);
    this.method = method;
    this.padMode = padMode;
  }

  override draw({ split, rng }: DrawContext): ImageStep {
    const { size, method, padMode } = this;
    const place = split === 'train' ? ([rng.next(), rng.next()] as const) : ([0.5, 0.5] as const);
    return (height, width) => ({
      box: method === 'squish' ? wholeBox(height, width) : fittingBox(height, width, size, method, place),
      size,
      padMode,
      fixedScale: method !== 'pad',
    });
  }
}

/**
 * The largest box with the aspect ratio of `size` within an image (`'crop'`), or the smallest around it (`'pad'`).
 *
 * @param place Fractions of the remaining space to the left of the box and above it.
 */
export function fittingBox(
  height: number,
  width: number,
  [outHeight, outWidth]: readonly [number, number],
  method: 'crop' | 'pad',
  [x, y]: readonly [number, number],
): Box {
  const [byWidth, byHeight] = [width / outWidth, height / outHeight];
  const scale = method === 'crop' ? Math.min(byWidth, byHeight) : Math.max(byWidth, byHeight);
  const boxWidth = Math.max(1, Math.trunc(scale * outWidth));
  const boxHeight = Math.max(1, Math.trunc(scale * outHeight));
  return {
    left: Math.trunc(x * (width - boxWidth)),
    top: Math.trunc(y * (height - boxHeight)),
    width: boxWidth,
    height: boxHeight,
  };
}
