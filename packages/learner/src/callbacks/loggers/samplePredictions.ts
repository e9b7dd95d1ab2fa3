import { tensorsIn } from '@fastts/core';
import { type Batch, DataLoaders } from '@fastts/data';
import * as tf from '@tensorflow/tfjs-core';
import { type ShownResult, shownResults } from '../../interpretation/shownResult.js';
import type { AnyLearner } from '../../learner.js';

/**
 * The predictions for `n` items of the validation set, during a fit. They are evenly spaced over the set, which is often sorted by
 * class, and the same each time. Those that cannot be loaded are left out, as in validation.
 *
 * Source: fastai `callback/wandb.py`, `WandbCallback.before_fit`, where they are drawn at random.
 *
 * @returns `null` if there are no such items, the data cannot show them, or they cannot be shown as images.
 */
export async function samplePredictions(learn: AnyLearner, n: number): Promise<ShownResult[] | null> {
  const { dls } = learn;
  if (!(dls instanceof DataLoaders)) return null;
  const { dataset, bs } = dls.valid;
  const count = Math.min(n, dataset.length);
  const chosen = Array.from({ length: count }, (_, i) => Math.floor((i * dataset.length) / count));
  if (count === 0) return null;
  const size = { bs: Math.min(bs, count), dropLast: false, shuffle: false };
  const dl = dls.valid.with({ dataset: dataset.pick(chosen), ...size, strict: false, maxSkipped: 1 });
  const batches: Batch<unknown, unknown>[] = [];
  // A separate seed, so that the fit continues with the same random numbers as without this.
  for await (const batch of dl.pass({ seed: 0, done: 0, skipped: [] })) batches.push(batch);
  if (batches.length === 0) return null;
  const others = learn.cbs.filter(({ removeOnFetch }) => removeOnFetch);
  const fetched = await learn.removedCbs(others, () =>
    learn.noBar(() => learn.getPreds({ dl: batches, inner: true, withInput: true, withDecoded: true })),
  );
  try {
    const [inputs, , targs, decoded] = fetched;
    const results = await shownResults(learn, dls.valid, [inputs, targs], decoded);
    return results.every(({ input }) => input.some(({ image }) => image)) ? results : null;
  } finally {
    tf.dispose(tensorsIn(fetched));
  }
}
