import * as tf from '@tensorflow/tfjs-core';
import { ArgumentError } from '../../errors.js';
import { conv2d } from '../convolution/conv2d.js';
import { replicationPad2d } from '../replicationPad2d.js';
import { maxPool2d } from './pool2d.js';

/** Options of {@link maxBlurPool2d}. */
export interface MaxBlurPool2dOptions {
  /** Step between the windows of the blur (default 2). */
  stride?: number;
  /** Size of the max pooling's windows (default 2). */
  maxPoolSize?: number;
  /**
   * Whether the output has ⌈side / stride⌉ pixels, as for a convolution, even if a window then extends beyond the
   * image (default false). This differs from kornia's ceil mode.
   */
  ceilMode?: boolean;
}

/**
 * Max pooling with stride 1, blurred and then subsampled, so that shifting the image by one pixel changes little.
 *
 * Source: Zhang 2019 (https://arxiv.org/abs/1904.11486), as in kornia's `max_blur_pool2d`: the blur is binomial,
 * with zero padding.
 *
 * @param x `[n, height, width, channels]`
 * @param kernelSize Size of the blur, odd (default 3).
 * @throws ArgumentError when `kernelSize` is even.
 * @throws ShapeError when no window fits.
 */
export function maxBlurPool2d(
  x: tf.Tensor4D,
  kernelSize = 3,
  { stride = 2, maxPoolSize = 2, ceilMode = false }: MaxBlurPool2dOptions = {},
): tf.Tensor4D {
  if (!(Number.isInteger(kernelSize) && kernelSize % 2 === 1 && kernelSize > 0)) {
    throw new ArgumentError(`The kernelSize of maxBlurPool2d must be odd, got ${kernelSize}.`);
  }
  const [, height, width, channels] = x.shape;
  const beyond = (side: number) =>
    ceilMode ? Math.max(0, (Math.ceil(side / stride) - 1) * stride + maxPoolSize - side) : 0;
  // Repeating an edge pixel does not change a maximum.
  const padded = replicationPad2d(x, { bottom: beyond(height), right: beyond(width) });
  const largest = maxPool2d(padded, maxPoolSize, { stride: 1 });
  const filter = tf.tile(binomialKernel(kernelSize), [1, 1, 1, channels]);
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
