import * as tf from '@tensorflow/tfjs-core';
import { ShapeError } from '../../errors.js';

/**
 * Normalizes each channel of each image by its own mean and biased variance:
 * `y = (x − mean) / √(variance + epsilon) · scale + offset`.
 *
 * Source: Ulyanov, Vedaldi and Lempitsky 2016 (https://arxiv.org/abs/1607.08022).
 *
 * @param x `[n, height, width, channels]`
 * @param scale `[channels]`, or `null` for ones.
 * @param offset `[channels]`, or `null` for zeros.
 * @param epsilon Added to the variance (default 1e-5).
 * @throws ShapeError when `x` does not have four axes.
 */
export function instanceNorm(
  x: tf.Tensor4D,
  scale?: tf.Tensor | null,
  offset?: tf.Tensor | null,
  epsilon = 1e-5,
): tf.Tensor4D {
  if (x.rank !== 4) {
    throw new ShapeError(`Instance norm takes images [n, height, width, channels], got [${x.shape}].`);
  }
  const centered = tf.sub(x, tf.mean(x, [1, 2], true));
  const variance = tf.mean(tf.square(centered), [1, 2], true);
  const normalized = tf.mul(centered, tf.rsqrt(tf.add(variance, epsilon)));
  const scaled = scale ? tf.mul(normalized, scale) : normalized;
  return (offset ? tf.add(scaled, offset) : scaled) as tf.Tensor4D;
}
