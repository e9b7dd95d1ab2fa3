import type { Figure, Split } from '@fastts/core';
import { DataLoader } from '@fastts/data';
import * as tf from '@tensorflow/tfjs-core';
import { LearnerError } from '../errors.js';
import type { AnyLearner } from '../learner.js';
import { sourceOf, tensorsOf } from '../loop/batch.js';
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

/** Does what {@link Learner.showResults} says. */
export async function showResults<X, Y>(
  learn: AnyLearner<X, Y>,
  options: ShowResultsOptions<X, Y> = {},
): Promise<Figure> {
  const { split = 'valid', dl = sourceOf(learn.dls, split), maxN = 9, shuffle, ...layout } = options;
  if (!(dl instanceof DataLoader)) {
    throw new LearnerError(
      'showResults needs a DataLoader, which knows how items are shown, but there is none.',
    );
  }
  const drawn = shuffle ?? (options.dl ? dl.shuffle : true);
  const few = dl.with({ shuffle: drawn, dropLast: false, bs: Math.min(maxN, dl.bs) });
  const batch = await few.oneBatch();
  const [inputs, preds, targs, decoded] = await learn.noBar(() =>
    learn.getPreds({ dl: [batch], withInput: true, withDecoded: true }),
  );
  try {
    return await resultGrid(await shownResults(learn, dl, [inputs, targs], decoded), layout);
  } finally {
    tf.dispose(tensorsOf([inputs, preds, targs, decoded]));
  }
}
