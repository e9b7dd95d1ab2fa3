import * as tf from '@tensorflow/tfjs';
import { Callback } from '../callback.js';
import { LearnerError } from '../errors.js';
import { ClassLoss } from '../losses/classLoss.js';
import type { Loss, LossFunction } from '../losses/loss.js';

/**
 * Sees whether class numbers in the targets are of classes that the model predicts, where the loss is one against these.
 *
 * Without it a number that is none, such as the 255 of a mask whose pixels are no class numbers, would count nothing in
 * the loss, and a training could be of the other places only, or of none. PyTorch has an error for it too. A fit's
 * first batch is looked at when it ends; the others' numbers stay on the engine until the pass does.
 *
 * @throws LearnerError naming a number that is none
 */
export class TargetCheck extends Callback {
  override order = -5;
  private lossFunc: Loss | LossFunction | null = null;
  private pending: tf.Tensor1D[] = [];
  private classes = 0;
  private isFirst = true;

  /** Now, since in training another callback's loss may stand in for it. */
  override beforeFit(): void {
    this.lossFunc = this.learn.lossFunc;
    this.isFirst = true;
  }

  override async afterBatch(): Promise<void> {
    const { lossFunc, learn } = this;
    const [target, ...others] = learn.targets;
    if (!(lossFunc instanceof ClassLoss && learn.hasPred && target && others.length === 0)) return;
    this.classes = learn.pred.shape.at(lossFunc.axis)!;
    this.pending.push(tf.tidy(() => bounds(target, lossFunc.ignoreIndex)));
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
    tf.dispose(this.pending);
    this.pending = [];
  }

  private async check(): Promise<void> {
    if (this.pending.length === 0) return;
    const all = tf.stack(this.pending);
    this.cleanUp();
    const numbers = await all.data();
    all.dispose();
    const wrong = numbers.find((number) => number < 0 || number >= this.classes);
    if (wrong === undefined) return;
    throw new LearnerError(
      `The targets have the class number ${wrong}, but the model predicts ${this.classes} classes, from 0 to ${this.classes - 1}: give targets that are such numbers, or a loss that leaves it out, such as new CrossEntropyLossFlat({ ignoreIndex: ${wrong} }).`,
    );
  }
}

/** The lowest and the highest class number, but for one that counts nothing. */
function bounds(target: tf.Tensor, ignored: number): tf.Tensor1D {
  const numbers = tf.cast(target, 'int32');
  const counted = tf.where(tf.equal(numbers, ignored), tf.scalar(0, 'int32'), numbers);
  return tf.stack([tf.min(counted), tf.max(counted)]) as tf.Tensor1D;
}
