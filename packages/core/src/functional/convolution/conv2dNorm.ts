import * as tf from '@tensorflow/tfjs-core';
import { addRelu, relu } from '../activations/relu.js';
import { hasKernel, runKernel } from '../engineKernel.js';
import { batchNorm, checkAddend, type Moments, type NormActivation } from '../normalization/batchNorm.js';
import { convolve } from './conv2d.js';
import { type Conv2dOptions, convGeometry, outputShape, windowAttrs } from './convGeometry.js';

/**
 * A {@link conv2d} without a bias, together with the moments of its output, where the engine can compute them in the same
 * pass.
 *
 * @param x `[n, height, width, in]`
 * @param filter `[kernelHeight, kernelWidth, in / groups, out]`
 * @returns `y` of shape `[n, outHeight, outWidth, out]`, and its moments (no gradient flows through them), or `undefined`.
 * @throws ShapeError as {@link conv2d} does.
 */
export function conv2dMoments(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  options: Conv2dOptions = {},
): { y: tf.Tensor4D; moments?: Moments } {
  const geometry = convGeometry(x, filter, options);
  if (geometry.groups > 1 || !hasKernel('Conv2DMoments')) return { y: convolve(x, filter, geometry) };
  const [y, mean, variance] = runKernel<tf.Tensor[]>('Conv2DMoments', { x, filter }, windowAttrs(geometry));
  return {
    y: y as tf.Tensor4D,
    moments: { mean: mean as tf.Tensor1D, variance: variance as tf.Tensor1D },
  };
}

/** Statistics, scale and offset of a batch norm in evaluation, each `[channels]`. */
export interface NormStatistics extends Moments {
  scale: tf.Tensor;
  offset: tf.Tensor;
  epsilon: number;
}

/** Options of {@link conv2dNorm}. */
export interface Conv2dNormOptions extends Conv2dOptions {
  /** Added after normalization; of the output's shape (default none). */
  addend?: tf.Tensor4D;
  /** Applied last (default none). */
  activation?: NormActivation;
}

/**
 * A convolution without a bias, followed by a batch norm with known statistics, an addend and an activation. They are
 * fused into one pass where the engine can do so and no gradient is recorded.
 *
 * @param x `[n, height, width, in]`
 * @param filter `[kernelHeight, kernelWidth, in / groups, out]`
 * @returns `activation((conv2d(x, filter) − mean) / √(variance + epsilon) · scale + offset + addend)`
 * @throws ShapeError as {@link conv2d} does, and when the addend's shape is not the output's.
 */
export function conv2dNorm(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  { epsilon, ...norm }: NormStatistics,
  { addend, activation = null, ...options }: Conv2dNormOptions = {},
): tf.Tensor4D {
  const geometry = convGeometry(x, filter, options);
  if (addend) checkAddend({ shape: outputShape(x, filter, geometry) }, addend);
  if (geometry.groups === 1 && hasKernel('Conv2DNorm') && !tf.engine().isTapeOn()) {
    const inputs = { x, filter, ...norm, ...(addend && { addend }) };
    return runKernel('Conv2DNorm', inputs, { ...windowAttrs(geometry), epsilon, activation });
  }
  const { mean, variance, scale, offset } = norm;
  const normalized = batchNorm(convolve(x, filter, geometry), mean, variance, scale, offset, epsilon);
  if (!activation) return addend ? tf.add(normalized, addend) : normalized;
  return addend ? addRelu(normalized, addend) : relu(normalized);
}
