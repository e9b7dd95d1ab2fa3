import type { Split } from '@fastts/core';
import type { Batch, DataLoaders } from '@fastts/data';
import type * as tf from '@tensorflow/tfjs-core';
import { LearnerError } from '../errors.js';

/**
 * A source of batches for a `Learner`: a data loader, or any object with batches and their number.
 *
 * A batch belongs to its consumer: a source that is iterated several times must create its tensors each time.
 */
export type BatchSource<X = tf.Tensor4D, Y = tf.Tensor1D> = { readonly length: number } & (
  | AsyncIterable<Batch<X, Y>>
  | Iterable<Batch<X, Y>>
);

/** The target tensor, or tuple of several, of a source's batches. */
export type TargetsIn<Source> = Source extends
  | AsyncIterable<Batch<infer _X, infer Y>>
  | Iterable<Batch<infer _X, infer Y>>
  ? Y
  : never;

/** The type of the items of the data `D`, such as a path; unknown unless it is a `DataLoaders`. */
export type ItemIn<D> = D extends DataLoaders<infer _X, infer _Y, infer _V, infer Item> ? Item : unknown;

/** The targets `Y` of a batch as arguments of a loss: one tensor, or several. */
export type TargetTensors<Y> = Y extends tf.Tensor
  ? [target: Y]
  : Y extends readonly tf.Tensor[]
    ? Y
    : tf.Tensor[];

/** Training data for a `Learner`: `DataLoaders`, or any object with training and validation batches. */
export interface LearnerData<X = tf.Tensor4D, Y = tf.Tensor1D> {
  readonly train: BatchSource<X, Y>;
  readonly valid: BatchSource<X, Y>;
  /** Number of outputs per item that the model needs; 0 or absent if unknown. */
  readonly c?: number;
  /** The folder to save to (default: the working directory). */
  readonly path?: string;
}

/**
 * The batches of one of the data's sets.
 *
 * @throws LearnerError when the set does not exist.
 */
export function sourceOf<X, Y>(dls: LearnerData<X, Y>, split: Split): BatchSource<X, Y> {
  const source = dls[split];
  if (source) return source;
  const named = split === 'train' || split === 'valid';
  throw new LearnerError(
    named
      ? `The data has no ${split} set: it needs a training and a validation loader.`
      : `split must be 'train' or 'valid', got ${split}.`,
  );
}
