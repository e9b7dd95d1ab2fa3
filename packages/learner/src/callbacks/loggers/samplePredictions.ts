import { DataLoaders } from '@fastts/data';
import * as tf from '@tensorflow/tfjs-core';
import { type ShownResult, shownResults } from '../../interpretation/shownResult.js';
import type { AnyLearner } from '../../learner.js';

/**
 * The predictions for `n` items of the validation set, during a fit. They are evenly spaced over the set, which is often sorted by
 * class, and the same each time.
 *
 * Source: fastai `callback/wandb.py`, `WandbCallback.before_fit`, where they are drawn at random.
 *
 * @returns `null` if the data cannot show its items, or they cannot be shown as images.
 */
export async function samplePredictions(learn: AnyLearner, n: number): Promise<ShownResult[] | null> {
  const { dls } = learn;
  if (!(dls instanceof DataLoaders)) return null;
  const { dataset, bs } = dls.valid;
  const count = Math.min(n, dataset.length);
  const chosen = Array.from({ length: count }, (_, i) => Math.floor((i * dataset.length) / count));
  const dl = dls.valid.with({ dataset: dataset.pick(chosen), bs: Math.min(bs, count), dropLast: false });
  const others = learn.cbs.filter(({ removeOnFetch }) => removeOnFetch);
  const fetched = await learn.removedCbs(others, () =>
    learn.noBar(() => learn.getPreds({ dl, inner: true, withInput: true, withDecoded: true })),
  );
  try {
    const [inputs, , targs, decoded] = fetched;
    const results = await shownResults(learn, dls.valid, [inputs, targs], decoded);
    return results.every(({ input }) => input.some(({ image }) => image)) ? results : null;
  } finally {
    tf.dispose(fetched);
  }
}
