import type { Figure } from '@fastts/core';
import { DataLoaders } from '@fastts/data';
import * as tf from '@tensorflow/tfjs-core';
import { resultGrid } from '../../interpretation/resultGrid.js';
import { shownResults } from '../../interpretation/shownResult.js';
import type { AnyLearner } from '../../learner.js';

/**
 * Draws the predictions for the first items of the validation set, during a fit.
 *
 * Source: fastai `callback/tensorboard.py`, `TensorBoardCallback.after_epoch`.
 *
 * @returns `null` if the data cannot show its items, or they cannot be shown as images.
 */
export async function samplePredictions(learn: AnyLearner, n: number): Promise<Figure | null> {
  const { dls } = learn;
  if (!(dls instanceof DataLoaders)) return null;
  const batch = await dls.valid.with({ bs: Math.min(n, dls.valid.n), dropLast: false }).oneBatch();
  const others = learn.cbs.filter(({ removeOnFetch }) => removeOnFetch);
  const fetched = await learn.removedCbs(others, () =>
    learn.noBar(() => learn.getPreds({ dl: [batch], inner: true, withInput: true, withDecoded: true })),
  );
  try {
    const [inputs, , targs, decoded] = fetched;
    const results = await shownResults(learn, dls.valid, [inputs, targs], decoded);
    const havePictures = results.every(({ input }) => input.some(({ image }) => image));
    return havePictures ? await resultGrid(results, {}) : null;
  } finally {
    tf.dispose(fetched);
  }
}
