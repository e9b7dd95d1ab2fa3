import * as tf from '@tensorflow/tfjs';
import { ArgumentError } from '../errors.js';
import { conv2d } from './conv2d.js';
import { maxPool2d } from './pool2d.js';

/** Options of {@link maxBlurPool2d}. */
export interface MaxBlurPool2dOptions {
  /** Step between the windows of the blur (default 2). */
  stride?: number;
  /** Side of the windows of which the largest value is taken (default 2). */
  maxPoolSize?: number;
  /** Whether a last window that only partly lies on the picture counts (default false). */
  ceilMode?: boolean;
}

/**
 * The largest values of all windows, blurred and only then thinned out, so that a shift of the picture by a pixel
 * changes little.
 *
 * Source: Zhang 2019 (https://arxiv.org/abs/1904.11486), as kornia's `max_blur_pool2d` has it: the blur is binomial,
 * with zeros around the picture.
 *
 * @param x `[n, height, width, channels]`
 * @param kernelSize Side of the blur, odd (default 3).
 * @throws ArgumentError when `kernelSize` is even.
 * @throws ShapeError when no window fits.
 */
export function maxBlurPool2d(
  x: tf.Tensor4D,
  kernelSize = 3,
  { stride = 2, maxPoolSize = 2, ceilMode = false }: MaxBlurPool2dOptions = {},
): tf.Tensor4D {
  if (!(Number.isInteger(kernelSize) && kernelSize % 2 === 1 && kernelSize > 0)) {
    throw new ArgumentError(`The blur of a max blur pooling must be of odd size; got ${kernelSize}.`);
  }
  const channels = x.shape[3];
  const largest = maxPool2d(x, maxPoolSize, { stride: 1, ceilMode });
  const filter = tf.tile(binomialKernel(kernelSize), [1, 1, 1, channels]) as tf.Tensor4D;
  return conv2d(largest, filter, null, { stride, padding: (kernelSize - 1) / 2, groups: channels });
}

/** The binomial coefficients' outer product with themselves, of sum 1: `[size, size, 1, 1]`. */
function binomialKernel(size: number): tf.Tensor4D {
  const row = [1];
  for (let n = 1; n < size; n++) row.push((row[n - 1]! * (size - n)) / n);
  const sum = 2 ** (size - 1);
  const values = row.flatMap((a) => row.map((b) => (a * b) / (sum * sum)));
  return tf.tensor4d(values, [size, size, 1, 1]);
}
