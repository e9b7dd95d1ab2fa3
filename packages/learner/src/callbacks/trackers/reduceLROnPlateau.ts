import { checkInteger, checkNumber, log } from '@fastts/core';
import { TrackerCallback, type TrackerOptions } from './tracker.js';

/** Options of {@link ReduceLROnPlateau}. */
export interface ReduceLROnPlateauOptions extends TrackerOptions {
  /** Number of consecutive epochs without improvement after which to reduce the rate (default 1). */
  patience?: number;
  /** The number by which the rate is divided, above 1 (default 10): the inverse of PyTorch's `factor`. */
  factor?: number;
  /** The minimum rate (default 0). */
  minLr?: number;
}

/**
 * Reduces the learning rate of all parameter groups when a loss or metric has not improved for some epochs.
 *
 * Source: fastai `callback/tracker.py`, `ReduceLROnPlateau`.
 *
 * @example
 * await learn.fit(20, 1e-3, { cbs: new ReduceLROnPlateau({ patience: 2, minDelta: 0.01 }) });
 */
export class ReduceLROnPlateau extends TrackerCallback {
  static override readonly name: string = 'ReduceLROnPlateau';
  override order = 62;
  private readonly patience: number;
  private readonly factor: number;
  private readonly minLr: number;

  /** @throws ArgumentError when `patience` is not an integer ≥ 1, `factor` is not above 1, or `minLr` is negative. */
  constructor({ patience = 1, factor = 10, minLr = 0, ...options }: ReduceLROnPlateauOptions = {}) {
    super(options);
    checkInteger('patience', patience, { min: 1 });
    checkNumber('factor', factor, { above: 1 });
    checkNumber('minLr', minLr, { min: 0 });
    this.patience = patience;
    this.factor = factor;
    this.minLr = minLr;
  }

  override afterEpoch(): void {
    super.afterEpoch();
    if (this.newBest || this.wait < this.patience) return;
    this.wait = 0;
    const { opt, epoch } = this.learn;
    const before = opt.hypers.at(-1)!.lr!;
    for (const hypers of opt.hypers) {
      // A rate already below the minimum is not changed.
      hypers.lr = Math.min(hypers.lr!, Math.max(hypers.lr! / this.factor, this.minLr));
    }
    const { lr } = opt.hypers.at(-1)!;
    if (before < this.minLr)
      log(`Epoch ${epoch}: the learning rate is not reduced, because it is below minLr ${this.minLr}.`);
    if (lr! < before) log(`Epoch ${epoch}: reduced the learning rate to ${Number(lr!.toPrecision(6))}.`);
  }
}
