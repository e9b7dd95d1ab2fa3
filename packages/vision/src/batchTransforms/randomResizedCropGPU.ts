import { checkNumber, registered, type Size } from '@fastts/core';
import { type CropRange, checkCropRange, drawCropBox, largestBox } from '../itemTransforms/cropBox.js';
import { AffineCoordTfm } from './affineCoordTfm.js';
import type { SampleMode } from './sampleGeometry.js';

/** Options of {@link RandomResizedCropGPU}. */
export interface RandomResizedCropGPUOptions extends CropRange {
  /** Interpolation between pixels (default `'bilinear'`). */
  mode?: SampleMode;
  /** Interpolation between a mask's pixels (default `'nearest'`). */
  modeMask?: SampleMode;
  /** Fraction of each side that is kept in validation (default 1). */
  validScale?: number;
}

/**
 * Crops a random part of a batch's images, the same for all of them, and resizes it to `size`. In validation, it
 * crops the largest centered part whose aspect ratio `ratio` allows.
 *
 * Source: fastai `vision/augment.py`. It is the batch transform that corresponds to `RandomResizedCrop`.
 */
@registered('RandomResizedCropGPU')
export class RandomResizedCropGPU extends AffineCoordTfm {
  constructor(size: Size, { mode, modeMask, validScale = 1, ...range }: RandomResizedCropGPUOptions = {}) {
    super(
      {
        crop: {
          size,
          draw: (height, width, { split, rng }) =>
            split === 'train'
              ? drawCropBox(height, width, range, rng)
              : largestBox(height, width, { ratio: range.ratio, scale: validScale }),
        },
      },
      { mode, modeMask },
    );
    checkCropRange(range);
    checkNumber('validScale', validScale, { above: 0, max: 1 });
  }
}
