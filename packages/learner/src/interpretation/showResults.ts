import type { Figure, Split } from '@fastts/core';
import { DataLoader } from '@fastts/data';
import * as tf from '@tensorflow/tfjs';
import { LearnerError } from '../errors.js';
import { Learner } from '../learner.js';
import { sourceOf } from '../loop/batch.js';
import { type ResultGridOptions, resultGrid } from './resultGrid.js';
import { shownResults } from './shownResult.js';

/** Settings of {@link Learner.showResults}. */
export interface ShowResultsOptions<X = tf.Tensor4D, Y = tf.Tensor1D> extends ResultGridOptions {
  /** Which of the data's sets (default `'valid'`). */
  split?: Split;
  /** A data loader to use instead; its items may have no labels. */
  dl?: DataLoader<X, Y> | DataLoader<X, undefined>;
  /** How many items at most (default 9). */
  maxN?: number;
  /** Draw the items at random rather than take the first (default true; for a given `dl` as that does). */
  shuffle?: boolean;
}

declare module '../learner.js' {
  interface Learner<X, Y, D> {
    /**
     * A picture of some items with their targets and predictions: labels one over the other, green if alike and red if not;
     * masks, points and boxes beside each other.
     *
     * Source: fastai `learner.py`, `show_results`.
     *
     * @throws LearnerError when the data is no data loader, or has no picture to show
     * @example
     * await (await learn.showResults()).save('results.png');
     */
    showResults(options?: ShowResultsOptions<X, Y>): Promise<Figure>;
  }
}

Learner.prototype.showResults = async function (this: Learner, options: ShowResultsOptions = {}) {
  const { split = 'valid', dl = sourceOf(this.dls, split), maxN = 9, shuffle, ...layout } = options;
  if (!(dl instanceof DataLoader)) {
    throw new LearnerError(
      'showResults needs a DataLoader, which knows how items are shown, but there is none.',
    );
  }
  const drawn = shuffle ?? (options.dl ? dl.shuffle : true);
  const few = dl.with({ shuffle: drawn, dropLast: false, bs: Math.min(maxN, dl.bs) });
  const batch = await few.oneBatch();
  const [inputs, preds, targs, decoded] = await this.noBar(() =>
    this.getPreds({ dl: [batch], withInput: true, withDecoded: true }),
  );
  try {
    return await resultGrid(await shownResults(this, dl, [inputs, targs], decoded), layout);
  } finally {
    tf.dispose([inputs, preds, targs, decoded]);
  }
} as typeof Learner.prototype.showResults;
