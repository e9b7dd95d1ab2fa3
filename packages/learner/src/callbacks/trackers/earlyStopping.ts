import { checkInteger, log } from '@fastts/core';
import { CancelFit } from '../../loop/cancel.js';
import { TrackerCallback, type TrackerOptions } from './tracker.js';

/** Options of {@link EarlyStoppingCallback}. */
export interface EarlyStoppingOptions extends TrackerOptions {
  /** Number of consecutive epochs without improvement after which to stop (default 1). */
  patience?: number;
}

/**
 * Stops a fit when a loss or metric has not improved for some epochs.
 *
 * Use it with `fit`; schedules such as that of `fitOneCycle` improve the model most in the last epochs, which would be
 * skipped.
 *
 * Source: fastai `callback/tracker.py`, `EarlyStoppingCallback`.
 *
 * @example
 * await learn.fit(100, 1e-3, { cbs: new EarlyStoppingCallback({ patience: 3 }) });
 */
export class EarlyStoppingCallback extends TrackerCallback {
  static override readonly name: string = 'EarlyStoppingCallback';
  override order = 63;
  private readonly patience: number;

  /** @throws ArgumentError when `patience` is not an integer ≥ 1. */
  constructor({ patience = 1, ...options }: EarlyStoppingOptions = {}) {
    super(options);
    checkInteger('patience', patience, { min: 1 });
    this.patience = patience;
  }

  /** @throws CancelFit when there was no improvement for too long. */
  override afterEpoch(): void {
    super.afterEpoch();
    if (this.newBest || this.wait < this.patience) return;
    const since = this.learn.epoch - this.wait;
    log(
      `${this.monitor} has ${since < 0 ? 'had no value' : `not improved since epoch ${since}`}: stopping early.`,
    );
    throw new CancelFit();
  }
}
