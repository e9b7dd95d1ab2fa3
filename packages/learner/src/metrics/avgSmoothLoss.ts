import { checkNumber } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import type { AnyLearner } from '../learner.js';
import { Metric } from './metric.js';
import { PendingScalars } from './pendingScalars.js';

/** The state of an {@link AvgSmoothLoss}. */
export interface SmoothLossState {
  average: number;
  history: number[];
}

/**
 * The exponential moving average of the loss over batches, with bias correction.
 *
 * Source: fastai `learner.py`, `AvgSmoothLoss`.
 */
export class AvgSmoothLoss extends Metric {
  override readonly name = 'loss';
  override readonly comp = 'less';
  /** The smoothed loss after each batch read so far. */
  readonly history: number[] = [];

  private readonly pending = new PendingScalars();
  private average = 0;

  /** @param beta Decay of the average per batch (default 0.98). */
  constructor(readonly beta = 0.98) {
    super();
    checkNumber('beta', beta, { min: 0, below: 1 });
  }

  override dispose(): void {
    this.pending.clear();
  }

  override reset(): void {
    this.dispose();
    this.history.length = 0;
    this.average = 0;
  }

  override accumulate(learn: AnyLearner): void {
    const mean = tf.mean(learn.loss);
    this.pending.push(mean);
    mean.dispose();
  }

  override async stateDict(): Promise<SmoothLossState> {
    await this.value();
    return { average: this.average, history: [...this.history] };
  }

  override loadStateDict({ average, history }: SmoothLossState): void {
    this.reset();
    this.average = average;
    for (const loss of history) this.history.push(loss);
  }

  override async value(): Promise<number | null> {
    for (const loss of await this.pending.take()) {
      this.average = loss + this.beta * (this.average - loss);
      this.history.push(this.average / (1 - this.beta ** (this.history.length + 1)));
    }
    return this.history.at(-1) ?? null;
  }
}
