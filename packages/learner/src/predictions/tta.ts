import { checkInteger, checkNumber, Pipeline, type Split, type Transform, tensorsIn } from '@fastts/core';
import { DataLoader } from '@fastts/data';
import * as tf from '@tensorflow/tfjs-core';
import { LearnerError } from '../errors.js';
import type { AnyLearner } from '../learner.js';
import { sourceOf, type TargetsIn } from '../loop/batch.js';
import { predictRows, reportNonFinite } from './getPreds.js';

/** Options of {@link Learner.tta}. */
export interface TtaOptions<Source extends DataLoader<unknown, unknown> = DataLoader> {
  /** Which of the data's sets to predict (default `'valid'`). */
  split?: Split;
  /** A data loader to use instead. */
  dl?: Source;
  /** Number of augmented versions per item (default 4). */
  n?: number;
  /** The weight of the predictions without augmentation (default 0.25); `null` to return both kinds separately. */
  beta?: number | null;
  /** Whether to take the maximum over predictions instead of their mean (default false). */
  useMax?: boolean;
  /** What to do for an item that cannot be loaded: throw an error (default), or return rows of NaN; see `getPreds`. */
  unreadable?: 'error' | 'nan';
  /** Item transforms to use instead of the data loader's; the blocks' own, such as decoding, are kept. */
  itemTfms?: readonly Transform[];
  /** Batch transforms to use instead of the data loader's; the blocks' own are kept. */
  batchTfms?: readonly Transform[];
}

/** Settings of test-time augmentation as one of several steps; see {@link TtaOptions}. */
export interface TtaSettings extends Pick<TtaOptions, 'n' | 'useMax'> {
  /** The weight of the predictions without augmentation (default 0.25). */
  beta?: number;
}

/** Implements {@link Learner.tta}. */
export async function tta<Source extends DataLoader<unknown, unknown>>(
  learn: AnyLearner,
  options?: TtaOptions<Source>,
): Promise<[preds: tf.Tensor | [tf.Tensor, tf.Tensor], targs: TargetsIn<Source>]>;
export async function tta(
  learn: AnyLearner,
  options: TtaOptions<DataLoader<unknown, unknown>> = {},
): Promise<[preds: tf.Tensor | [tf.Tensor, tf.Tensor], targs: unknown]> {
  const { split = 'valid', dl = sourceOf(learn.dls, split), n = 4, beta = 0.25, useMax = false } = options;
  if (!(dl instanceof DataLoader)) {
    throw new LearnerError(
      'tta requires a DataLoader, whose transforms it can replace: the source is not one.',
    );
  }
  checkInteger('n', n, { min: 1 });
  if (beta !== null) checkNumber('beta', beta, { min: 0, max: 1 });
  const { itemTfms, batchTfms, unreadable } = options;
  const loader = dl.with({
    shuffle: false,
    dropLast: false,
    ...(itemTfms && { afterItem: new Pipeline(itemTfms) }),
    ...(batchTfms && { afterBatch: new Pipeline(batchTfms) }),
  });
  const augmented: tf.Tensor[] = [];
  const all = learn.validating([], false, async () => {
    for (let round = 0; round < n; round++) {
      learn.epoch = round;
      const [preds, targs] = await predictRows(learn, {
        dl: loader.with({ split: 'train' }),
        unreadable,
        inner: true,
      });
      augmented.push(preds);
      tf.dispose(tensorsIn(targs));
    }
    return predictRows(learn, { dl: loader.with({ split: 'valid' }), unreadable, inner: true });
  });
  try {
    const [plain, targs] = await all;
    const preds = combine(augmented, plain, beta, useMax);
    if (!Array.isArray(preds)) plain.dispose();
    await reportNonFinite(learn, Array.isArray(preds) ? preds[0] : preds, loader);
    return [preds, targs];
  } finally {
    tf.dispose(augmented);
  }
}

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
