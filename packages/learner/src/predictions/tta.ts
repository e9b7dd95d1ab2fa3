import { Pipeline, type Split, type Transform } from '@fastts/core';
import { DataLoader } from '@fastts/data';
import * as tf from '@tensorflow/tfjs';
import { LearnerError } from '../errors.js';
import { Learner } from '../learner.js';
import { sourceOf } from '../loop/batch.js';

/** Settings of {@link Learner.tta}. */
export interface TtaOptions<X = tf.Tensor4D, Y = tf.Tensor1D> {
  /** Which of the data's sets (default `'valid'`). */
  split?: Split;
  /** A data loader to use instead. */
  dl?: DataLoader<X, Y>;
  /** How many times each item is augmented (default 4). */
  n?: number;
  /** The share of the predictions without augmentation (default 0.25); `null` to get both kinds apart. */
  beta?: number | null;
  /** Take the highest prediction of each class instead of averaging (default false). */
  useMax?: boolean;
  /** Item transforms in place of the data loader's. */
  itemTfms?: readonly Transform[];
  /** Batch transforms in place of the data loader's. */
  batchTfms?: readonly Transform[];
}

declare module '../learner.js' {
  interface Learner<X, Y, D> {
    /**
     * Predictions averaged over several augmented versions of each item: test-time augmentation.
     *
     * Each item is predicted `n` times with the transforms of training and once with those of validation. It costs
     * `n + 1` passes and usually gains accuracy: where training crops, for instance, the whole picture gets seen.
     *
     * Source: fastai `learner.py`, `tta`.
     *
     * @returns predictions (after the loss's activation) and targets, which belong to the caller; with `beta: null` the
     * first is a pair: those with augmentation, those without
     * @throws LearnerError when the source is no data loader, of which the transforms can be chosen
     * @example
     * const [preds, targs] = await learn.tta();
     * accuracy(preds, targs).print();
     */
    tta(options: TtaOptions<X, Y> & { beta: null }): Promise<[preds: [tf.Tensor, tf.Tensor], targs: Y]>;
    tta(options?: TtaOptions<X, Y>): Promise<[preds: tf.Tensor, targs: Y]>;
  }
}

Learner.prototype.tta = async function (this: Learner, options: TtaOptions = {}) {
  const { split = 'valid', dl = sourceOf(this.dls, split), n = 4, beta = 0.25, useMax = false } = options;
  if (!(dl instanceof DataLoader)) {
    throw new LearnerError(
      'tta needs a DataLoader, of which it can choose the transforms, but the source is none.',
    );
  }
  if (!(Number.isInteger(n) && n > 0))
    throw new LearnerError(`n must be a whole number above 0, but is ${n}.`);
  const { itemTfms, batchTfms } = options;
  const loader = dl.with({
    shuffle: false,
    dropLast: false,
    ...(itemTfms && { afterItem: new Pipeline(itemTfms) }),
    ...(batchTfms && { afterBatch: new Pipeline(batchTfms) }),
  });
  const augmented: tf.Tensor[] = [];
  const all = this.validating([], false, async () => {
    for (let round = 0; round < n; round++) {
      this.epoch = round;
      const [preds, targs] = await this.getPreds({ dl: loader.with({ split: 'train' }), inner: true });
      augmented.push(preds);
      tf.dispose(targs);
    }
    return this.getPreds({ dl: loader.with({ split: 'valid' }), inner: true });
  });
  try {
    const [plain, targs] = await all;
    const preds = combine(augmented, plain, beta, useMax);
    if (!Array.isArray(preds)) plain.dispose();
    return [preds, targs];
  } finally {
    tf.dispose(augmented);
  }
} as typeof Learner.prototype.tta;

function combine(
  augmented: readonly tf.Tensor[],
  plain: tf.Tensor,
  beta: number | null,
  useMax: boolean,
): tf.Tensor | [tf.Tensor, tf.Tensor] {
  if (useMax) return tf.tidy(() => tf.max(tf.stack([...augmented, plain]), 0));
  const mean = tf.tidy(() => tf.mean(tf.stack([...augmented]), 0));
  if (beta === null) return [mean, plain];
  const blended = tf.tidy(() => tf.add(mean, tf.mul(tf.sub(plain, mean), beta)));
  mean.dispose();
  return blended;
}
