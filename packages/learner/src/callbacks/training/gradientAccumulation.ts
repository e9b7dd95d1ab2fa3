import { checkNumber, log } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { Callback } from '../../loop/callback.js';
import { CancelBatch } from '../../loop/cancel.js';

interface AccumulationState {
  /** Number of items since the last step. */
  count: number;
  hasStepped: boolean;
}

/**
 * Gradient accumulation: steps once per `nAcc` items, so that small batches train like large ones.
 *
 * The loss of a batch is weighted by its fraction of `nAcc` items, and gradients accumulate over batches until `nAcc`
 * items have been seen: `nAcc / bs` batches give the gradients of one batch of `nAcc` items. Per-batch statistics, such
 * as those of batch norm, remain those of small batches.
 *
 * Source: fastai `callback/training.py`, `GradientAccumulation`.
 *
 * @example
 * await learn.fitOneCycle(5, 3e-3, { cbs: new GradientAccumulation(128) }); // with batches of 16
 */
export class GradientAccumulation extends Callback {
  static override readonly name: string = 'GradientAccumulation';
  override order = 6;
  override runValid = false;
  private count = 0;
  private hasStepped = false;

  /**
   * @param nAcc Number of items per step (default 32).
   * @throws ArgumentError when it is not positive.
   */
  constructor(readonly nAcc = 32) {
    super();
    checkNumber('nAcc', nAcc, { above: 0 });
  }

  override beforeFit(): void {
    this.count = 0;
    this.hasStepped = false;
  }

  override stateDict(): AccumulationState {
    return { count: this.count, hasStepped: this.hasStepped };
  }

  override loadStateDict({ count, hasStepped }: AccumulationState): void {
    this.count = count;
    this.hasStepped = hasStepped;
  }

  override afterLoss(): void {
    if (!this.learn.hasLoss) return;
    this.learn.lossGrad = tf.mul(this.learn.lossGrad, this.batchSize / this.nAcc);
  }

  /** @throws CancelBatch, which keeps the gradients, until there are enough items for a step. */
  override beforeStep(): void {
    this.count += this.batchSize;
    if (this.count < this.nAcc) throw new CancelBatch();
    this.count = 0;
    this.hasStepped = true;
  }

  override afterFit(): void {
    if (this.hasStepped || this.count === 0) return;
    log(
      `GradientAccumulation(${this.nAcc}): the fit had only ${this.count} items, so there was no optimizer step: set a smaller nAcc.`,
    );
  }

  private get batchSize(): number {
    return this.learn.targets[0]!.shape[0]!;
  }
}
