import { checkNumber } from '@fastts/core';
import { Callback } from '../../loop/callback.js';
import { CancelTrain, CancelValid } from '../../loop/cancel.js';

/** Options of {@link ShortEpochCallback}. */
export interface ShortEpochOptions {
  /** The fraction of an epoch's batches after which to stop (default 0.01). */
  pct?: number;
  /** Whether to also shorten validation (default true). */
  shortValid?: boolean;
}

/**
 * Trains on only part of each epoch, to check quickly that everything works.
 *
 * Source: fastai `callback/training.py`, `ShortEpochCallback`.
 */
export class ShortEpochCallback extends Callback {
  static override readonly name: string = 'ShortEpochCallback';

  private readonly pct: number;
  private readonly shortValid: boolean;

  constructor({ pct = 0.01, shortValid = true }: ShortEpochOptions = {}) {
    super();
    checkNumber('pct', pct, { min: 0, max: 1 });
    this.pct = pct;
    this.shortValid = shortValid;
  }

  /** @throws CancelTrain and CancelValid when the fraction is reached. */
  override afterBatch(): void {
    const { iter, nIter, training } = this.learn;
    if (iter / nIter < this.pct) return;
    if (training) throw new CancelTrain();
    if (this.shortValid) throw new CancelValid();
  }
}
