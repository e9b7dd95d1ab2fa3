import { type DrawContext, type PadMode, type Rng, registered, type Size, toSize } from '@fastts/core';
import type { ImageStep } from '../image/imageStep.js';
import { CropResizeTfm } from './cropResizeTfm.js';

/** Options of {@link CropPad}, {@link RandomCrop} and {@link OldRandomCrop}. */
export interface CropPadOptions {
  /** Padding of an image that is smaller (default `'zeros'`: black). */
  padMode?: PadMode;
}

/** Chooses where a crop starts along an axis, given by how much the image is longer than it (negative if shorter). */
type Start = (room: number, axis: 'x' | 'y') => number;

/**
 * Item transform that crops the center of an image to `size`, and pads a smaller image on all sides, without
 * resizing.
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
 * Item transform that crops a random part of an image to `size` in training, and its center in validation. A smaller
 * image is padded; in training it is placed at random.
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
 * Like {@link RandomCrop}, but a smaller image is padded equally on all sides, also in training.
 *
 * Source: fastai `vision/augment.py`, where it always crops the center, since its random draw is never called.
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

/** @param ofShort Chooses the start along an axis on which the image is shorter, given a draw from 0 to 1. */
function drawPlace(rng: Rng, ofShort: (room: number, draw: number) => number): Start {
  const draws = { x: rng.next(), y: rng.next() };
  return (room, axis) => (room < 0 ? ofShort(room, draws[axis]) : Math.floor(draws[axis] * (room + 1)));
}
