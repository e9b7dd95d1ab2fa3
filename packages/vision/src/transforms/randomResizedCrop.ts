import { Rng, type Size, Transform, type TransformContext, toSize } from '@fastts/core';
import type { Box } from '../augment/sampleGeometry.js';
import type { Framing, LazyImage } from '../image/lazyImage.js';
import { type CropRange, drawCropBox } from './cropBox.js';

/** Options of {@link RandomResizedCrop}. */
export interface RandomResizedCropOptions extends CropRange {
  /** Share of the size that validation cuts off at the edges (default 0.14), in steps of 8 pixels. */
  valXtra?: number;
}

/**
 * Item transform that takes a random part of a picture and resizes it to `size`; in validation the picture is
 * resized to a little more, and the middle kept.
 *
 * Source: fastai `vision/augment.py`; Szegedy et al. 2014, §6 (https://arxiv.org/abs/1409.4842).
 *
 * @example
 * new RandomResizedCrop(128, { minScale: 0.35 });
 */
export class RandomResizedCrop extends Transform {
  override order = 1;
  override kinds = ['image'];
  readonly size: readonly [height: number, width: number];
  private readonly range: CropRange;
  private readonly valXtra: number;
  /** The picture's size, on which a draw depends, is not known before it is decoded: so only a seed is drawn. */
  private seed: number | null = null;

  constructor(size: Size, { valXtra = 0.14, ...range }: RandomResizedCropOptions = {}) {
    super();
    this.size = toSize(size);
    this.range = range;
    this.valXtra = valXtra;
  }

  override beforeCall(
    _values: readonly unknown[],
    _kinds: readonly string[],
    context: TransformContext,
  ): void {
    this.seed = context.split === 0 ? context.rng.seed32() : null;
  }

  encodes(image: LazyImage): LazyImage {
    const { size, range, seed } = this;
    if (seed === null) return image.framed(() => this.validationFraming());
    return image.framed((height, width) =>
      enlarge(drawCropBox(height, width, range, new Rng(seed)), height, width, size),
    );
  }

  private validationFraming(): Framing {
    const [height, width] = this.size;
    const extra = Math.ceil((Math.max(height, width) * this.valXtra) / 8) * 8;
    return {
      scaled: { width: width + extra, height: height + extra },
      window: { left: Math.floor(extra / 2), top: Math.floor(extra / 2), width, height },
    };
  }
}

/** The framing that makes `box` of a `height` by `width` picture fill `size`. */
export function enlarge(box: Box, height: number, width: number, size: readonly [number, number]): Framing {
  const [outHeight, outWidth] = size;
  const scaled = {
    width: Math.round((width * outWidth) / box.width),
    height: Math.round((height * outHeight) / box.height),
  };
  return {
    scaled,
    window: {
      left: Math.min(Math.round((box.left * scaled.width) / width), scaled.width - outWidth),
      top: Math.min(Math.round((box.top * scaled.height) / height), scaled.height - outHeight),
      width: outWidth,
      height: outHeight,
    },
  };
}
