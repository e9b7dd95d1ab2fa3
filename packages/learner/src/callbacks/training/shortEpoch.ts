import { Callback } from '../../loop/callback.js';
import { CancelTrain, CancelValid } from '../../loop/cancel.js';

/** Settings of {@link ShortEpochCallback}. */
export interface ShortEpochOptions {
  /** The share of an epoch's batches after which to stop (default 0.01). */
  pct?: number;
  /** Whether to cut validation short too (default true). */
  shortValid?: boolean;
}

/**
 * Trains for a part of each epoch only, to see quickly whether all of it works.
 *
 * Source: fastai `callback/training.py`, `ShortEpochCallback`.
 */
export class ShortEpochCallback extends Callback {
  private readonly pct: number;
  private readonly shortValid: boolean;

  constructor({ pct = 0.01, shortValid = true }: ShortEpochOptions = {}) {
    super();
    this.pct = pct;
    this.shortValid = shortValid;
  }

  /** @throws CancelTrain and CancelValid once the share is reached */
  override afterBatch(): void {
    const { iter, nIter, training } = this.learn;
    if (iter / nIter < this.pct) return;
    if (training) throw new CancelTrain();
    if (this.shortValid) throw new CancelValid();
  }
}
