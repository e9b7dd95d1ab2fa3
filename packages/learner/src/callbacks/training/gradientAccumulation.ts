import * as tf from '@tensorflow/tfjs-core';
import { LearnerError } from '../../errors.js';
import { Callback } from '../../loop/callback.js';
import { CancelBatch } from '../../loop/cancel.js';

/**
 * Gradient accumulation: steps only after every `nAcc` items, so that small batches train as large ones would.
 *
 * The loss of a batch counts by its share of `nAcc` items, and gradients add up over batches until so many have been
 * seen: `nAcc / bs` batches give the gradients of one batch of `nAcc` items. What depends on the batch itself, such as
 * batch norm's statistics, stays that of small batches.
 *
 * Source: fastai `callback/training.py`, `GradientAccumulation`.
 *
 * @example
 * await learn.fitOneCycle(5, 3e-3, { cbs: new GradientAccumulation(128) }); // with batches of 16
 */
export class GradientAccumulation extends Callback {
  override order = 6;
  override runValid = false;
  private count = 0;

  /**
   * @param nAcc items a step (default 32)
   * @throws LearnerError when it is no number above 0
   */
  constructor(readonly nAcc = 32) {
    super();
    if (!(nAcc > 0)) throw new LearnerError(`nAcc must be a number of items above 0, but is ${nAcc}.`);
  }

  override beforeFit(): void {
    this.count = 0;
  }

  override afterLoss(): void {
    if (!this.learn.hasLoss) return;
    this.learn.lossGrad = tf.mul(this.learn.lossGrad, this.batchSize / this.nAcc);
  }

  /** @throws CancelBatch, which keeps the gradients, while there are too few items for a step */
  override beforeStep(): void {
    this.count += this.batchSize;
    if (this.count < this.nAcc) throw new CancelBatch();
    this.count = 0;
  }

  private get batchSize(): number {
    return this.learn.targets[0]!.shape[0]!;
  }
}
