import { areaResize, checkInteger, checkNumber, mapTensors } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { Callback } from '../../loop/callback.js';

/** Options of {@link ProgressiveResize}. */
export interface ProgressiveResizeOptions {
  /** The initial size as a fraction of the full size (default 0.5). */
  initialScale?: number;
  /** The fraction of training after which the size starts to grow (default 0.5). */
  start?: number;
  /** The fraction of training after which the size is the full size (default 0.75). */
  finish?: number;
  /** Sizes grow in multiples of this many pixels (default 4). */
  increaseBy?: number;
  /** Whether the size may change before each batch (default), or only before each epoch. */
  increaseMode?: 'batch' | 'epoch';
  /** Whether validation during a fit also uses the current size, rather than the full one (default true). */
  resizeValid?: boolean;
}

/**
 * Progressive resizing: trains on small images first, grows them to the data's full size, and trains the last
 * part at that size.
 *
 * A convolutional network learns most of what it needs from small images, whose cost is proportional to their area. The
 * defaults save about half of the arithmetic. Both libraries that the idea is taken from start at half
 * the size, grow from the middle of training in steps of 4 pixels, and use the full size for the last quarter
 * (fastxtend) or fifth (Composer), so that batch norm statistics and the last layers adapt to the final size. Like
 * fastxtend, this callback grows per batch, in steps too small to disturb training, and validates at the training size:
 * a network does worse on images twice the size it was trained on, so validation would mean little before the growth
 * ends. `'epoch'` suits engines that compile for each new size; the last epoch then always uses the full size.
 *
 * `validate`, `getPreds` and `tta` use the full size. Images are resized on the engine; targets are unchanged.
 *
 * Source: fastai book, chapter 7; fastxtend `callback/progresize.py`; MosaicML Composer `ProgressiveResizing`.
 *
 * @example
 * await learn.fitOneCycle(5, 3e-3, { cbs: new ProgressiveResize() });
 */
export class ProgressiveResize extends Callback {
  static override readonly name: string = 'ProgressiveResize';
  // Before mixup, which then has smaller images to mix.
  override order = -5;

  private readonly initialScale: number;
  private readonly start: number;
  private readonly finish: number;
  private readonly increaseBy: number;
  private readonly increaseMode: 'batch' | 'epoch';
  private growth = 1;

  /**
   * @throws ArgumentError when fractions are not between 0 and 1 and in order.
   * @throws ArgumentError when `increaseBy` is not an integer ≥ 1.
   */
  constructor(options: ProgressiveResizeOptions = {}) {
    super();
    const { initialScale = 0.5, start = 0.5, finish = 0.75, increaseBy = 4 } = options;
    checkNumber('initialScale', initialScale, { above: 0, max: 1 });
    checkNumber('finish', finish, { min: 0, max: 1 });
    checkNumber('start', start, { min: 0, max: finish });
    checkInteger('increaseBy', increaseBy, { min: 1 });
    this.initialScale = initialScale;
    this.start = start;
    this.finish = finish;
    this.increaseBy = increaseBy;
    this.increaseMode = options.increaseMode ?? 'batch';
    this.runValid = options.resizeValid ?? true;
  }

  /** Outside a fit's epochs, images keep their size. */
  override beforeFit(): void {
    this.growth = 1;
  }

  /** Validation has the size of the last training batch, which is not trained again in a resumed fit. */
  override stateDict(): { growth: number } {
    return { growth: this.growth };
  }

  override loadStateDict({ growth }: { growth: number }): void {
    this.growth = growth;
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
   * The image side for a growth from 0 to 1.
   *
   * @param full The data's image side, in pixels.
   */
  side(full: number, growth = this.growth): number {
    if (growth >= 1) return full;
    const first = Math.max(1, Math.round((full * this.initialScale) / this.increaseBy)) * this.increaseBy;
    const grown = Math.floor(((full - first) * growth) / this.increaseBy) * this.increaseBy;
    return Math.min(full, first + Math.max(0, grown));
  }

  /** The growth of the images, from 0 to 1, at the fraction `position` of training. */
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
    // Below half the size, bilinear interpolation would skip pixels.
    if (toHeight * 2 < height || toWidth * 2 < width)
      return areaResize(images as tf.Tensor4D, [toHeight, toWidth]);
    return tf.image.resizeBilinear(images as tf.Tensor4D, [toHeight, toWidth], false, true);
  }
}
