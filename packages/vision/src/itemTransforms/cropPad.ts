import { type DrawContext, type PadMode, type Rng, registered, type Size, toSize } from '@fastts/core';
import type { ImageStep } from '../image/imageStep.js';
import { CropResizeTfm } from './cropResizeTfm.js';

/** Options of {@link CropPad}, {@link RandomCrop} and {@link OldRandomCrop}. */
export interface CropPadOptions {
  /** Padding of an image that is smaller (default `'zeros'`: black). */
  padMode?: PadMode;
}

/** Chooses where along an axis to begin to cut, given how much longer the image is: negative if it is shorter. */
type Start = (room: number, axis: 'x' | 'y') => number;

/**
 * Item transform that cuts the middle of `size` out of an image, and pads a smaller one on all sides;
 * nothing is resized.
 *
 * Source: fastai `vision/augment.py`.
 *
 * @example
 * new CropPad([128, 192], { padMode: 'border' });
 */
@registered('CropPad')
export class CropPad extends CropResizeTfm {
  override order = 0;
  readonly size: readonly [height: number, width: number];
  readonly padMode: PadMode;

  constructor(size: Size, { padMode = 'zeros' }: CropPadOptions = {}) {
    super();
    this.size = toSize(size);
    this.padMode = padMode;
  }

  override draw(context: DrawContext): ImageStep {
    const { size, padMode } = this;
    const [outHeight, outWidth] = size;
    const start = this.drawStart(context);
    return (height, width) => {
      const [left, top] = [start(width - outWidth, 'x'), start(height - outHeight, 'y')];
      return { box: { left, top, width: outWidth, height: outHeight }, size, padMode };
    };
  }

  protected drawStart(_context: DrawContext): Start {
    return inMiddle;
  }
}

/**
 * Item transform that cuts a random part of `size` out of an image in training, and the middle in validation.
 * A smaller image is padded, in training at a random position.
 *
 * Source: fastai `vision/augment.py`.
 */
@registered('RandomCrop')
export class RandomCrop extends CropPad {
  override order = 1;

  protected override drawStart({ split, rng }: DrawContext): Start {
    return split === 'train' ? drawPlace(rng, (room, draw) => room + Math.floor(draw * -room)) : inMiddle;
  }
}

/**
 * As {@link RandomCrop}, but a smaller image is padded on all sides in training, too.
 *
 * Source: fastai `vision/augment.py`; there it cuts the middle always, since what should draw is never called.
 */
@registered('OldRandomCrop')
export class OldRandomCrop extends CropPad {
  protected override drawStart({ split, rng }: DrawContext): Start {
    return split === 'train' ? drawPlace(rng, inMiddle) : inMiddle;
  }
}

function inMiddle(room: number): number {
  return Math.floor(room / 2);
}

/** @param ofShort Where to begin on an axis along which the image is shorter, given a draw from 0 to 1. */
function drawPlace(rng: Rng, ofShort: (room: number, draw: number) => number): Start {
  const draws = { x: rng.next(), y: rng.next() };
  return (room, axis) => (room < 0 ? ofShort(room, draws[axis]) : Math.floor(draws[axis] * (room + 1)));
}
