import { checkInteger, checkNumber } from '@fastts/core';
import { CancelFit, CancelValid } from '../loop/cancel.js';
import { Snapshot } from '../loop/snapshot.js';
import { ParamScheduler } from '../schedules/paramScheduler.js';
import { schedExp } from '../schedules/schedules.js';

/** Settings of {@link LRFinder}. */
export interface LRFinderOptions {
  /** Learning rate of the first batch (default 1e-7). */
  startLr?: number;
  /** Learning rate reached after `numIt` batches (default 10). */
  endLr?: number;
  /** Number of batches (default 100, at least 6). */
  numIt?: number;
  /** Whether to stop once the smoothed loss exceeds four times its minimum (default true). */
  stopDiv?: boolean;
}

/**
 * Trains with an exponentially increasing learning rate, without validation, and restores model and optimizer afterwards,
 * however the fit ends.
 *
 * Source: Smith 2017, https://arxiv.org/abs/1506.01186; fastai `callback/schedule.py`, `LRFinder`.
 */
export class LRFinder extends ParamScheduler {
  static override readonly name: string = 'LRFinder';

  private readonly numIt: number;
  private readonly stopDiv: boolean;
  private before: Snapshot | null = null;
  private bestLoss = Number.POSITIVE_INFINITY;

  constructor({ startLr = 1e-7, endLr = 10, numIt = 100, stopDiv = true }: LRFinderOptions = {}) {
    checkNumber('endLr', endLr, { above: 0 });
    checkNumber('startLr', startLr, { above: 0, below: endLr });
    checkInteger('numIt', numIt, { min: 0 });
    super({ lr: schedExp(startLr, endLr) });
    this.numIt = Math.max(numIt, 6);
    this.stopDiv = stopDiv;
  }

  override beforeFit(): void {
    super.beforeFit();
    this.before = new Snapshot(this.learn);
    this.bestLoss = Number.POSITIVE_INFINITY;
  }

  override beforeBatch(): void {
    this.setHypers(this.learn.trainIter / this.numIt);
  }

  override async afterBatch(): Promise<void> {
    super.afterBatch();
    const loss = await this.learn.recorder.smoothLoss();
    if (loss !== null && loss < this.bestLoss) this.bestLoss = loss;
    // Four times the minimum, for a positive one.
    const diverges = loss !== null && loss > this.bestLoss + 3 * Math.abs(this.bestLoss);
    if ((diverges && this.stopDiv) || this.learn.trainIter >= this.numIt) throw new CancelFit();
  }

  override beforeValidate(): void {
    throw new CancelValid();
  }

  override cleanUp(): void {
    this.before?.restore();
    this.before = null;
  }
}
