import type * as tf from '@tensorflow/tfjs-core';
import { conv2dMoments, conv2dNorm } from '../functional/convolution/conv2dNorm.js';
import type { NormActivation } from '../functional/normalization/batchNorm.js';
import type { BatchNorm2d } from './batchNorm.js';
import type { Conv2d } from './conv2d.js';

/** Options of {@link convNorm}. */
export interface ConvNormOptions {
  /** Added to the norm's output; of its shape (default none). */
  addend?: tf.Tensor4D;
  /** Applied last (default none). */
  activation?: NormActivation;
}

/**
 * `activation(norm(conv(x)) + addend)`, with the same result as the modules applied in sequence, fused where the engine can.
 *
 * @param x `[n, height, width, channels]`
 * @param conv A convolution without a bias.
 */
export function convNorm(
  x: tf.Tensor4D,
  conv: Conv2d,
  norm: BatchNorm2d,
  { addend, activation = null }: ConvNormOptions = {},
): tf.Tensor4D {
  const filter = conv.weight.value as tf.Tensor4D;
  const known = norm.statistics;
  if (known) return conv2dNorm(x, filter, known, { ...conv.options, addend, activation });
  const { y, moments } = conv2dMoments(x, filter, conv.options);
  return norm.byBatch(y, { addend, activation, moments }) as tf.Tensor4D;
}
