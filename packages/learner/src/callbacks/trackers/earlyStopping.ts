import { log } from '@fastts/core';
import { CancelFit } from '../../loop/cancel.js';
import { TrackerCallback, type TrackerOptions } from './tracker.js';

/** Settings of {@link EarlyStoppingCallback}. */
export interface EarlyStoppingOptions extends TrackerOptions {
  /** After how many epochs in a row without a better value to stop (default 1). */
  patience?: number;
}

/**
 * Ends a fit when a loss or metric has not got better for some epochs.
 *
 * It suits `fit`; a schedule such as that of `fitOneCycle` does most of its good in the last epochs, which are then
 * missed.
 *
 * Source: fastai `callback/tracker.py`, `EarlyStoppingCallback`.
 *
 * @example
 * await learn.fit(100, 1e-3, { cbs: new EarlyStoppingCallback({ patience: 3 }) });
 */
export class EarlyStoppingCallback extends TrackerCallback {
  override order = 63;
  private readonly patience: number;
  private wait = 0;

  constructor({ patience = 1, ...options }: EarlyStoppingOptions = {}) {
    super(options);
    this.patience = patience;
  }

  override beforeFit(): void {
    this.wait = 0;
    super.beforeFit();
  }

  /** @throws CancelFit when there was no better value for too long */
  override afterEpoch(): void {
    super.afterEpoch();
    this.wait = this.newBest ? 0 : this.wait + 1;
    if (this.newBest || this.wait < this.patience) return;
    log(
      `${this.monitor} has not got better since epoch ${this.learn.epoch - this.wait}: the fit stops early.`,
    );
    throw new CancelFit();
  }
}
