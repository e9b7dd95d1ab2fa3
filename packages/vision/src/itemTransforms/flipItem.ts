import { checkNumber, type DrawContext, registered, type Split } from '@fastts/core';
import { type ImageStep, wholeBox } from '../image/imageStep.js';
import { CropResizeTfm } from './cropResizeTfm.js';

/** Options of {@link FlipItem} and {@link DihedralItem}. */
export interface FlipItemOptions {
  /** Probability of changing an image (default 0.5 for {@link FlipItem}, 1 for {@link DihedralItem}). */
  p?: number;
}

/**
 * Item transform that flips an image horizontally with probability `p` (default 0.5), in training only.
 *
 * Source: fastai `vision/augment.py`.
 */
@registered('FlipItem')
export class FlipItem extends CropResizeTfm {
  override order = 0;
  override split: Split | null = 'train';
  readonly p: number;

  constructor({ p = 0.5 }: FlipItemOptions = {}) {
    super();
    checkNumber('p', p, { min: 0, max: 1 });
    this.p = p;
  }

  override draw({ rng }: DrawContext): ImageStep | null {
    return rng.bernoulli(this.p) ? flipped(1) : null;
  }
}

/**
 * Item transform that with probability `p` (default 1) applies one of the eight symmetries of the square to an
 * image, in training only.
 *
 * Source: fastai `vision/augment.py`.
 */
@registered('DihedralItem')
export class DihedralItem extends CropResizeTfm {
  override order = 0;
  override split: Split | null = 'train';
  readonly p: number;

  constructor({ p = 1 }: FlipItemOptions = {}) {
    super();
    checkNumber('p', p, { min: 0, max: 1 });
    this.p = p;
  }

  override draw({ rng }: DrawContext): ImageStep | null {
    const k = rng.int(8);
    return rng.bernoulli(this.p) && k > 0 ? flipped(k) : null;
  }
}

function flipped(dihedral: number): ImageStep {
  return (height, width) => ({ box: wholeBox(height, width), size: [height, width], dihedral });
}
