import { type Box, checkNumber, type DrawContext, Rng, registered, type Size, toSize } from '@fastts/core';
import type { ImageStep } from '../image/imageStep.js';
import { type CropRange, checkCropRange, drawCropBox } from './cropBox.js';
import { CropResizeTfm } from './cropResizeTfm.js';

/** Options of {@link RandomResizedCrop}. */
export interface RandomResizedCropOptions extends CropRange {
  /** Fraction of the size that is cropped at the edges in validation (default 0.14), in steps of 8 pixels. */
  valXtra?: number;
}

/**
 * Item transform that crops a random part of an image and resizes it to `size`. In validation, the image is resized
 * to slightly more than `size`, and its center is cropped.
 *
 * Source: fastai `vision/augment.py`; Szegedy et al. 2014, §6 (https://arxiv.org/abs/1409.4842).
 *
 * @example
 * new RandomResizedCrop(128, { minScale: 0.35 });
 */
@registered('RandomResizedCrop')
export class RandomResizedCrop extends CropResizeTfm {
  readonly size: readonly [height: number, width: number];
  private readonly range: CropRange;
  private readonly valXtra: number;

  constructor(size: Size, { valXtra = 0.14, ...range }: RandomResizedCropOptions = {}) {
    super();
    checkCropRange(range);
    checkNumber('valXtra', valXtra, { min: 0 });
    this.size = toSize(size);
    this.range = range;
    this.valXtra = valXtra;
  }

  override draw({ split, rng }: DrawContext): ImageStep {
    const { size, range, valXtra } = this;
    if (split === 'valid') {
      return (height, width) => ({ box: middleBox(height, width, size, valXtra), size, fixedScale: true });
    }
    const seed = rng.seed32();
    return (height, width) => ({ box: drawCropBox(height, width, range, new Rng(seed)), size });
  }
}

/**
 * The part of an image that remains if it is stretched to slightly more than the output's size and its center is cropped.
 *
 * @param extra How much more, as a fraction of the longer side, rounded up to steps of 8 pixels.
 */
function middleBox(
  height: number,
  width: number,
  [outHeight, outWidth]: readonly [number, number],
  extra: number,
): Box {
  const more = Math.ceil((Math.max(outHeight, outWidth) * extra) / 8) * 8;
  const start = Math.floor(more / 2);
  return {
    left: (width * start) / (outWidth + more),
    top: (height * start) / (outHeight + more),
    width: (width * outWidth) / (outWidth + more),
    height: (height * outHeight) / (outHeight + more),
  };
}
