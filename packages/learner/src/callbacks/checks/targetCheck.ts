import { log } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { LearnerError } from '../../errors.js';
import { Callback } from '../../loop/callback.js';
import type { Loss, LossFunction } from '../../losses/loss.js';

/**
 * Checks that class indices in targets are within the model's classes, if the loss takes class indices (`yInt`).
 *
 * Otherwise an invalid index, such as 255 in a mask whose pixels are not class indices, would be ignored by
 * the loss, and only the other pixels, or none, would be trained. PyTorch also reports this as an error. A fit's
 * first batch is checked when it ends; the bounds of later batches stay on the engine until the end of the pass. Batches
 * whose targets are all ignored, which train nothing, are reported once per fit.
 *
 * @throws LearnerError naming an invalid index, and for numbers that are not integers.
 */
export class TargetCheck extends Callback {
  static override readonly name: string = 'TargetCheck';
  override order = -5;
  private lossFunc: Loss | LossFunction | null = null;
  /**
   * Since the last check: the minimum and maximum class index, the number of batches without any, and whether there was a
   * number that is not an integer.
   */
  private bounds: tf.Tensor | null = null;
  private ignored = Number.NaN;
  private emptyBatches = 0;
  private classes = 0;
  private isFirst = true;
  private hasReported = false;

  /** Runs now, since another callback may replace the loss in training. */
  override beforeFit(): void {
    this.lossFunc = this.learn.lossFunc;
    this.isFirst = true;
    this.hasReported = false;
  }

  override async afterBatch(): Promise<void> {
    const { lossFunc, learn } = this;
    const [target, ...others] = learn.targets;
    if (!lossFunc || typeof lossFunc === 'function' || !lossFunc.yInt) return;
    if (!learn.hasPred || !target || others.length > 0) return;
    const { axis = -1, ignoreIndex = Number.NaN } = lossFunc;
    this.classes = learn.pred.shape.at(axis)!;
    this.ignored = ignoreIndex;
    const earlier = this.bounds;
    this.bounds = tf.tidy(() => widened(earlier, target, ignoreIndex));
    earlier?.dispose();
    if (this.isFirst) await this.check();
    this.isFirst = false;
  }

  override async afterTrain(): Promise<void> {
    await this.check();
    this.report();
  }

  override async afterValidate(): Promise<void> {
    await this.check();
    this.report();
  }

  override cleanUp(): void {
    this.bounds?.dispose();
    this.bounds = null;
  }

  private async check(): Promise<void> {
    if (!this.bounds) return;
    const [min, max, empty, isFractional] = await this.bounds.data();
    this.cleanUp();
    if (isFractional) {
      throw new LearnerError(
        `The targets contain numbers that are not integers, but the loss needs class indices from 0 to ${this.classes - 1}: use class indices, such as those of a mask as they are, not divided by 255.`,
      );
    }
    const wrong = [min!, max!].find((number) => number < 0 || number >= this.classes);
    if (wrong !== undefined) {
      throw new LearnerError(
        `The targets contain class index ${wrong}, but the model predicts ${this.classes} classes, from 0 to ${this.classes - 1}: use targets in this range, or a loss that ignores this index, such as new CrossEntropyLossFlat({ ignoreIndex: ${wrong} }).`,
      );
    }
    this.emptyBatches += empty!;
  }

  private report(): void {
    const { emptyBatches: n, ignored } = this;
    this.emptyBatches = 0;
    if (n === 0 || this.hasReported) return;
    this.hasReported = true;
    log(
      `${n} ${n === 1 ? 'batch has' : 'batches have'} only targets with the ignored class index ${ignored}: their loss is 0, so nothing is learned from them.`,
    );
  }
}

/**
 * The minimum and maximum of `earlier` and a batch's class indices, without the ignored index, and the number of batches
 * that have no other, and whether there was a number that is not an integer.
 */
function widened(earlier: tf.Tensor | null, target: tf.Tensor, ignored: number): tf.Tensor {
  const numbers: tf.Tensor = tf.reshape(tf.cast(target, 'int32'), [-1]);
  const isIgnored = tf.equal(numbers, ignored);
  const counted = tf.where(isIgnored, tf.scalar(0, 'int32'), numbers);
  const isEmpty = tf.cast(tf.all(isIgnored), 'int32');
  const isFractional =
    target.dtype === 'float32'
      ? tf.cast(tf.any(tf.notEqual(tf.cast(numbers, 'float32'), tf.reshape(target, [-1]))), 'int32')
      : tf.scalar(0, 'int32');
  const [min, max, empty, wasFractional] = earlier ? tf.unstack(earlier) : [];
  return tf.stack([
    min ? tf.minimum(min, tf.min(counted)) : tf.min(counted),
    max ? tf.maximum(max, tf.max(counted)) : tf.max(counted),
    empty ? tf.add(empty, isEmpty) : isEmpty,
    wasFractional ? tf.maximum(wasFractional, isFractional) : isFractional,
  ]);
}
