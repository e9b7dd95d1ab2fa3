import * as tf from '@tensorflow/tfjs-core';
import { LearnerError } from '../../errors.js';
import { Callback } from '../../loop/callback.js';
import { ClassLoss } from '../../losses/classLoss.js';
import type { Loss, LossFunction } from '../../losses/loss.js';

/**
 * Checks that class indices in targets are within the model's classes, if the loss takes class indices.
 *
 * Otherwise an invalid index, such as 255 in a mask whose pixels are not class indices, would be ignored by
 * the loss, and only the other pixels, or none, would be trained. PyTorch also reports this as an error. A fit's
 * first batch is checked when it ends; the bounds of later batches stay on the engine until the end of the pass.
 *
 * @throws LearnerError naming an invalid index.
 */
export class TargetCheck extends Callback {
  static override readonly name: string = 'TargetCheck';
  override order = -5;
  private lossFunc: Loss | LossFunction | null = null;
  /** The minimum and maximum class index since the last check. */
  private bounds: tf.Tensor | null = null;
  private classes = 0;
  private isFirst = true;

  /** Runs now, since another callback may replace the loss in training. */
  override beforeFit(): void {
    this.lossFunc = this.learn.lossFunc;
    this.isFirst = true;
  }

  override async afterBatch(): Promise<void> {
    const { lossFunc, learn } = this;
    const [target, ...others] = learn.targets;
    if (!(lossFunc instanceof ClassLoss && learn.hasPred && target && others.length === 0)) return;
    this.classes = learn.pred.shape.at(lossFunc.axis)!;
    const earlier = this.bounds;
    this.bounds = tf.tidy(() => widened(earlier, target, lossFunc.ignoreIndex));
    earlier?.dispose();
    if (this.isFirst) await this.check();
    this.isFirst = false;
  }

  override afterTrain(): Promise<void> {
    return this.check();
  }

  override afterValidate(): Promise<void> {
    return this.check();
  }

  override cleanUp(): void {
    this.bounds?.dispose();
    this.bounds = null;
  }

  private async check(): Promise<void> {
    if (!this.bounds) return;
    const numbers = await this.bounds.data();
    this.cleanUp();
    const wrong = numbers.find((number) => number < 0 || number >= this.classes);
    if (wrong === undefined) return;
    throw new LearnerError(
      `The targets contain class index ${wrong}, but the model predicts ${this.classes} classes, from 0 to ${this.classes - 1}: use targets in this range, or a loss that ignores this index, such as new CrossEntropyLossFlat({ ignoreIndex: ${wrong} }).`,
    );
  }
}

/** The minimum and maximum of `earlier` and a batch's class indices, without the ignored index. */
function widened(earlier: tf.Tensor | null, target: tf.Tensor, ignored: number): tf.Tensor {
  const numbers: tf.Tensor = tf.reshape(tf.cast(target, 'int32'), [-1]);
  const counted = tf.where(tf.equal(numbers, ignored), tf.scalar(0, 'int32'), numbers);
  const all = earlier ? tf.concat([earlier, counted]) : counted;
  return tf.stack([tf.min(all), tf.max(all)]);
}
