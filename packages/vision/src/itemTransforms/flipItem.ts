import { type DrawContext, registered, type Split } from '@fastts/core';
import { type Framer, wholeBox } from '../image/framing.js';
import { FramingTfm } from './framingTfm.js';

/** Options of {@link FlipItem} and {@link DihedralItem}. */
export interface FlipItemOptions {
  /** Probability with which a picture is changed (default 0.5 for {@link FlipItem}, 1 for {@link DihedralItem}). */
  p?: number;
}

/**
 * Item transform that mirrors a picture left and right with probability `p` (default 0.5), in training only.
 *
 * Source: fastai `vision/augment.py`.
 */
@registered('FlipItem')
export class FlipItem extends FramingTfm {
  override order = 0;
  override split: Split | null = 'train';
  readonly p: number;

  constructor({ p = 0.5 }: FlipItemOptions = {}) {
    super();
    this.p = p;
  }

  override draw({ rng }: DrawContext): Framer | null {
    return rng.bernoulli(this.p) ? laidAs(1) : null;
  }
}

/**
 * Item transform that with probability `p` (default 1) shows a picture in one of the eight ways in which a
 * square can lie, in training only.
 *
 * Source: fastai `vision/augment.py`.
 */
@registered('DihedralItem')
export class DihedralItem extends FramingTfm {
  override order = 0;
  override split: Split | null = 'train';
  readonly p: number;

  constructor({ p = 1 }: FlipItemOptions = {}) {
    super();
    this.p = p;
  }

  override draw({ rng }: DrawContext): Framer | null {
    const k = rng.int(8);
    return rng.bernoulli(this.p) && k > 0 ? laidAs(k) : null;
  }
}

function laidAs(dihedral: number): Framer {
  return (height, width) => ({ box: wholeBox(height, width), size: [height, width], dihedral });
}
