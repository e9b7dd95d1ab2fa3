import { ShapeError } from '@fastts/core';
import * as tf from '@tensorflow/tfjs';

/** Which axis of the predictions has the classes. */
export interface ClassAxis {
  /** Default the last. */
  axis?: number;
}

/**
 * The share of items whose most probable class is the right one.
 *
 * Source: fastai `metrics.py`, `accuracy`.
 *
 * @param pred scores or probabilities, such as `[n, classes]`
 * @param targ class numbers, `[n]`
 */
export function accuracy(pred: tf.Tensor, targ: tf.Tensor, { axis = -1 }: ClassAxis = {}): tf.Scalar {
  return tf.tidy(() => {
    const chosen = tf.argMax(pred, axis < 0 ? pred.rank + axis : axis).flatten();
    return share(tf.equal(chosen, classNumbers(targ, chosen.size)));
  });
}

/**
 * The share of items whose most probable class is a wrong one.
 *
 * Source: fastai `metrics.py`, `error_rate`.
 */
export function errorRate(pred: tf.Tensor, targ: tf.Tensor, options: ClassAxis = {}): tf.Scalar {
  return tf.tidy(() => tf.sub(1, accuracy(pred, targ, options)));
}

/**
 * The share of items whose right class is among the `k` most probable ones.
 *
 * Source: fastai `metrics.py`, `top_k_accuracy`.
 *
 * @param pred scores or probabilities, `[n, classes]`
 * @param targ class numbers, `[n]`
 */
export function topKAccuracy(pred: tf.Tensor, targ: tf.Tensor, { k = 5 }: { k?: number } = {}): tf.Scalar {
  return tf.tidy(() => {
    const { indices } = tf.topk(pred, k);
    const numbers = classNumbers(targ, indices.size / k);
    return share(tf.any(tf.equal(indices.reshape([-1, k]), numbers.expandDims(1)), 1));
  });
}

function classNumbers(targ: tf.Tensor, n: number): tf.Tensor {
  if (targ.size !== n) {
    throw new ShapeError(`The metric has ${n} predictions but ${targ.size} targets: they must be as many.`);
  }
  return tf.cast(targ.flatten(), 'int32');
}

function share(hits: tf.Tensor): tf.Scalar {
  return tf.mean(tf.cast(hits, 'float32')) as tf.Scalar;
}
