import { type Figure, type Split, tensorsIn } from '@fastts/core';
import { DataLoader } from '@fastts/data';
import * as tf from '@tensorflow/tfjs-core';
import { LearnerError } from '../errors.js';
import type { AnyLearner } from '../learner.js';
import { sourceOf } from '../loop/batch.js';
import { type ResultGridOptions, resultGrid } from './resultGrid.js';
import { shownResults } from './shownResult.js';

/** Settings of {@link Learner.showResults}. */
export interface ShowResultsOptions<X = tf.Tensor4D, Y = tf.Tensor1D> extends ResultGridOptions {
  /** The set to predict (default `'valid'`). */
  split?: Split;
  /** A data loader to use instead; its items may have no labels. */
  dl?: DataLoader<X, Y> | DataLoader<X, undefined>;
  /** Maximum number of items (default 9). */
  maxN?: number;
  /** Whether to draw random items rather than the first (default true; with `dl`, as that loader does). */
  shuffle?: boolean;
}

/** Implements {@link Learner.showResults}. */
export async function showResults<X, Y>(
  learn: AnyLearner<X, Y>,
  options: ShowResultsOptions<X, Y> = {},
): Promise<Figure> {
  const { split = 'valid', dl = sourceOf(learn.dls, split), maxN = 9, shuffle, ...layout } = options;
  if (!(dl instanceof DataLoader)) {
    throw new LearnerError(
      'showResults needs a DataLoader, which defines how items are shown, but the data is not one.',
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
    tf.dispose(tensorsIn([inputs, preds, targs, decoded]));
  }
}
