import { ShapeError } from '@fastts/core';
import * as tf from '@tensorflow/tfjs';

/** Options of {@link classLikelihood}. */
export interface ClassLikelihoodOptions {
  /** A factor for each class. */
  weight?: readonly number[];
  /** Items of this class number count nothing. */
  ignoreIndex: number;
}

/**
 * For each item the weight of its class, and that weight times the logarithm of its class's probability.
 *
 * @param logProbs logarithms of probabilities, `[n, classes]`
 * @param targets class numbers, `[n]`
 * @returns two tensors of shape `[n]`
 */
export function classLikelihood(
  logProbs: tf.Tensor2D,
  targets: tf.Tensor1D,
  { weight, ignoreIndex }: ClassLikelihoodOptions,
): { weights: tf.Tensor1D; logLikelihood: tf.Tensor1D } {
  const [n, classes] = logProbs.shape;
  if (targets.shape[0] !== n) {
    throw new ShapeError(
      `The loss has ${n} predictions but ${targets.shape[0]} targets: they must be as many.`,
    );
  }
  if (weight && weight.length !== classes) {
    throw new ShapeError(
      `The loss has ${weight.length} class weights but predictions of ${classes} classes.`,
    );
  }
  const numbers = tf.cast(targets, 'int32');
  let chosen: tf.Tensor = tf.oneHot(numbers, classes, 1, 0, 'float32');
  if (weight) chosen = tf.mul(chosen, tf.tensor1d([...weight]));
  // A number below 0 chooses nothing anyway.
  if (ignoreIndex >= 0) {
    chosen = tf.mul(chosen, tf.cast(tf.notEqual(numbers, ignoreIndex), 'float32').expandDims(1));
  }
  return {
    weights: tf.sum(chosen, 1),
    logLikelihood: tf.sum(tf.mul(chosen, logProbs), 1),
  };
}
