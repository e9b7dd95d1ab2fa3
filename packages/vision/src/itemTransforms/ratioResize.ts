import { buildBudget, checkInteger, registered } from '@fastts/core';
import type { ImageStep } from '../image/imageStep.js';
import { CropResizeTfm } from './cropResizeTfm.js';
import { fittingBox } from './resize.js';

/**
 * Item transform that resizes an image so that its longer side is `maxSz` pixels, keeping its aspect ratio.
 *
 * Source: fastai `vision/augment.py`; the remainder of rounding, less than one output pixel, is cropped equally on
 * both sides, in fastai at random.
 *
 * @throws ArgumentError when `maxSz` is not an integer ≥ 1.
 */
@registered('RatioResize')
export class RatioResize extends CropResizeTfm {
  constructor(readonly maxSz: number) {
    super();
    checkInteger('maxSz', maxSz, { min: 1 });
    buildBudget()?.sides([maxSz]);
  }

  override draw(): ImageStep {
    return (height, width) => {
      const longer = Math.max(height, width);
      const scaled = (side: number) => Math.max(1, Math.trunc((side * this.maxSz) / longer));
      const size = [scaled(height), scaled(width)] as const;
      return { box: fittingBox(height, width, size, 'crop', [0.5, 0.5]), size, fixedScale: true };
    };
  }
}
