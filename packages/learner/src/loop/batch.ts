import type { Batch } from '@fastts/data';
import * as tf from '@tensorflow/tfjs';

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
  /** Training, validation and further sources, by the number that `dsIdx` names them by. */
  readonly loaders?: readonly BatchSource<X, Y>[];
  /** How many numbers the model has to give for an item; 0 or absent if unknown. */
  readonly c?: number;
  /** Where to save (default the working folder). */
  readonly path?: string;
}

/** The tensors in a batch's `x` or `y`: none, one or several. */
export function tensorsOf(part: unknown): tf.Tensor[] {
  if (part instanceof tf.Tensor) return [part];
  return Array.isArray(part) ? part.flatMap(tensorsOf) : [];
}

/** A batch's `x` or `y` with each tensor replaced by what `fn` makes of it. */
export function mapTensors<T>(part: T, fn: (tensor: tf.Tensor) => tf.Tensor): T {
  if (part instanceof tf.Tensor) return fn(part) as T;
  return Array.isArray(part) ? (part.map((inner) => mapTensors(inner, fn)) as T) : part;
}
