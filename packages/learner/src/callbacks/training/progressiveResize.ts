import { areaResize, checkInteger, mapTensors } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { LearnerError } from '../../errors.js';
import { Callback } from '../../loop/callback.js';

/** Settings of {@link ProgressiveResize}. */
export interface ProgressiveResizeOptions {
  /** The first size as a share of the full one (default 0.5). */
  initialScale?: number;
  /** The share of the training after which the size begins to grow (default 0.5). */
  start?: number;
  /** The share of the training after which the size is the full one (default 0.75). */
  finish?: number;
  /** Sizes differ from the first by multiples of this many pixels (default 4). */
  increaseBy?: number;
  /** Whether the size may change before each batch (default), or before each epoch only. */
  increaseMode?: 'batch' | 'epoch';
  /** Whether validation during a fit uses the current size too, rather than the full one (default true). */
  resizeValid?: boolean;
}

/**
 * Progressive resizing: trains on small pictures first, grows them to the size that the data gives, and keeps that for
 * the last stretch.
 *
 * A convolutional network learns most of what it needs from small pictures, which cost in proportion to their area. With
 * the defaults about half of the arithmetic is saved. Both of the libraries from which the idea is taken begin at half
 * the size, grow from the middle of the training on in steps of 4 pixels, and give the last quarter (fastxtend) or fifth
 * (Composer) to the full size, so that batch-norm statistics and the last layers settle on what they will meet. Like
 * fastxtend this one grows by batches, in steps too small to disturb training, and validates at the size it trains with:
 * a network does worse on pictures twice the size of those it knows, so validation would say little before the growth
 * ends. `'epoch'` suits engines that compile for each new size; the last epoch then always has the full size.
 *
 * `validate`, `getPreds` and `tta` use the full size. Pictures are resized on the engine; targets stay as they are.
 *
 * Source: fastai book, chapter 7; fastxtend `callback/progresize.py`; MosaicML Composer `ProgressiveResizing`.
 *
 * @example
 * await learn.fitOneCycle(5, 3e-3, { cbs: new ProgressiveResize() });
 */
export class ProgressiveResize extends Callback {
  // Before mixup, which then has smaller pictures to mix.
  override order = -5;

  private readonly initialScale: number;
  private readonly start: number;
  private readonly finish: number;
  private readonly increaseBy: number;
  private readonly increaseMode: 'batch' | 'epoch';
  private growth = 1;

  /**
   * @throws LearnerError for shares that are not between 0 and 1 and in order
   * @throws ArgumentError when `increaseBy` is not an integer ≥ 1
   */
  constructor(options: ProgressiveResizeOptions = {}) {
    super();
    const { initialScale = 0.5, start = 0.5, finish = 0.75, increaseBy = 4 } = options;
    if (!(initialScale > 0 && initialScale <= 1)) {
      throw new LearnerError(`initialScale must be above 0 and at most 1, but is ${initialScale}.`);
    }
    if (!(start >= 0 && start <= finish && finish <= 1)) {
      throw new LearnerError(
        `start and finish must be from 0 to 1 and in order, but are ${start} and ${finish}.`,
      );
    }
    checkInteger('increaseBy', increaseBy, { min: 1 });
    this.initialScale = initialScale;
    this.start = start;
    this.finish = finish;
    this.increaseBy = increaseBy;
    this.increaseMode = options.increaseMode ?? 'batch';
    this.runValid = options.resizeValid ?? true;
  }

  /** Outside of a fit's epochs pictures keep their size. */
  override beforeFit(): void {
    this.growth = 1;
  }

  override beforeTrain(): void {
    const { epoch, nEpoch } = this.learn;
    this.growth = epoch === nEpoch - 1 && this.increaseMode === 'epoch' ? 1 : this.growthAt(epoch / nEpoch);
  }

  override beforeBatch(): void {
    const { learn } = this;
    if (learn.training && this.increaseMode === 'batch') this.growth = this.growthAt(learn.pctTrain);
    if (this.growth < 1) learn.x = mapTensors(learn.x, (tensor) => this.resize(tensor));
  }

  /**
   * The side that pictures have when their growth is `growth`, from 0 to 1.
   *
   * @param full the side that the data gives, in pixels
   */
  side(full: number, growth = this.growth): number {
    if (growth >= 1) return full;
    const first = Math.max(1, Math.round((full * this.initialScale) / this.increaseBy)) * this.increaseBy;
    const grown = Math.floor(((full - first) * growth) / this.increaseBy) * this.increaseBy;
    return Math.min(full, first + Math.max(0, grown));
  }

  /** How far pictures have grown, from 0 to 1, when the share `position` of the training is done. */
  growthAt(position: number): number {
    if (position >= this.finish) return 1;
    if (position <= this.start) return 0;
    return (position - this.start) / (this.finish - this.start);
  }

  private resize(images: tf.Tensor): tf.Tensor {
    if (images.rank !== 4) return images;
    const [, height, width] = images.shape as [number, number, number, number];
    const [toHeight, toWidth] = [this.side(height), this.side(width)];
    if (toHeight === height && toWidth === width) return images;
    // Below half the size, bilinear interpolation would leave out pixels.
    if (toHeight * 2 < height || toWidth * 2 < width)
      return areaResize(images as tf.Tensor4D, [toHeight, toWidth]);
    return tf.image.resizeBilinear(images as tf.Tensor4D, [toHeight, toWidth], false, true);
  }
}
