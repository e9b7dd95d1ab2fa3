import { registered, type Size } from '@fastts/core';
import { type CropRange, drawCropBox, largestBox } from '../itemTransforms/cropBox.js';
import { AffineCoordTfm } from './affineCoordTfm.js';
import type { SampleMode } from './sampleGeometry.js';

/** Options of {@link RandomResizedCropGPU}. */
export interface RandomResizedCropGPUOptions extends CropRange {
  /** Interpolation between pixels (default `'bilinear'`). */
  mode?: SampleMode;
  /** Interpolation between a mask's pixels (default `'nearest'`). */
  modeMask?: SampleMode;
  /** Share of each side that validation keeps (default 1). */
  validScale?: number;
}

/**
 * Takes a random part of a batch's images, the same for all of them, and resizes it to `size`; in
 * validation the largest part in the middle whose shape `ratio` allows.
 *
 * Source: fastai `vision/augment.py`; there, too, it is the batch form of `RandomResizedCrop`.
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
  }
}
