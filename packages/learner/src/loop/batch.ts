import type { Split } from '@fastts/core';
import type { Batch } from '@fastts/data';
import type * as tf from '@tensorflow/tfjs-core';
import { LearnerError } from '../errors.js';

/**
 * What a `Learner` takes batches from: a data loader, or anything that gives batches and knows how many.
 *
 * A batch belongs to its taker: a source that is gone through several times makes its tensors anew.
 */
export type BatchSource<X = tf.Tensor4D, Y = tf.Tensor1D> = { readonly length: number } & (
  | AsyncIterable<Batch<X, Y>>
  | Iterable<Batch<X, Y>>
);

/** What a `Learner` trains with: `DataLoaders`, or anything that has training and validation batches. */
export interface LearnerData<X = tf.Tensor4D, Y = tf.Tensor1D> {
  readonly train: BatchSource<X, Y>;
  readonly valid: BatchSource<X, Y>;
  /** How many numbers the model has to give for an item; 0 or absent if unknown. */
  readonly c?: number;
  /** Where to save (default the working folder). */
  readonly path?: string;
}

/**
 * The batches of one of the data's sets.
 *
 * @throws LearnerError when there is no such set
 */
export function sourceOf<X, Y>(dls: LearnerData<X, Y>, split: Split): BatchSource<X, Y> {
  const source = dls[split];
  if (source) return source;
  const named = split === 'train' || split === 'valid';
  throw new LearnerError(
    named ? `The data has no ${split} set.` : `split must be 'train' or 'valid', got ${split}.`,
  );
}
