import { ShapeError } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Reduction } from './loss.js';

/** Options of {@link negLogLikelihood}. */
export interface LikelihoodOptions {
  /** One weight per class; the mean is then weighted. */
  weight?: readonly number[];
  /** Items with this class index are ignored (default −100). */
  ignoreIndex?: number;
  reduction: Reduction;
}

/**
 * The negative log-likelihood of each item's class, reduced.
 *
 * Source: PyTorch `nn.functional.nll_loss`.
 *
 * @param logProbs Log probabilities, `[n, classes]`.
 * @param targets Class indices, `[n]`.
 * @returns A scalar, or `[n]` when `reduction` is `'none'`.
 */
export function negLogLikelihood(
  logProbs: tf.Tensor2D,
  targets: tf.Tensor1D,
  { weight, ignoreIndex = -100, reduction }: LikelihoodOptions,
): tf.Tensor {
  const [n, classes] = logProbs.shape;
  if (targets.shape[0] !== n) {
    throw new ShapeError(
      `The loss has ${n} predictions but ${targets.shape[0]} targets: it needs one target per prediction.`,
    );
  }
  if (weight && weight.length !== classes) {
    throw new ShapeError(
      `The loss's weight must have one number per class (${classes}), got ${weight.length}.`,
    );
  }
  const numbers = tf.cast(targets, 'int32');
  let chosen: tf.Tensor = tf.oneHot(numbers, classes, 1, 0, 'float32');
  if (weight) chosen = tf.mul(chosen, tf.tensor1d([...weight]));
  // A negative index selects nothing in any case.
  if (ignoreIndex >= 0) {
    chosen = tf.mul(chosen, tf.expandDims(tf.cast(tf.notEqual(numbers, ignoreIndex), 'float32'), 1));
  }
  const losses = tf.neg(tf.sum(tf.mul(chosen, logProbs), 1));
  if (reduction === 'none') return losses;
  return reduction === 'sum' ? tf.sum(losses) : tf.div(tf.sum(losses), tf.sum(chosen));
}
