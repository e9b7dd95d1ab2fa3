import type { Figure } from '@fastts/core';
import { DataLoaders } from '@fastts/data';
import * as tf from '@tensorflow/tfjs-core';
import { resultGrid } from '../../interpretation/resultGrid.js';
import { shownResults } from '../../interpretation/shownResult.js';
import type { AnyLearner } from '../../learner.js';

/**
 * Draws what the model says of the first items of the validation set, in the middle of a fit.
 *
 * Source: fastai `callback/tensorboard.py`, `TensorBoardCallback.after_epoch`.
 *
 * @returns `null` where the data does not say how to show its items, or these have no picture
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
