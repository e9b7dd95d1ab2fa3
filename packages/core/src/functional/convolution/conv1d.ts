import * as tf from '@tensorflow/tfjs';
import { conv2d } from './conv2d.js';

/** Options of {@link conv1d}. */
export interface Conv1dOptions {
  /** Step between windows (default 1). */
  stride?: number;
  /** Zeros added on each side (default 0). */
  padding?: number;
  /** Step between the filter's taps (default 1). */
  dilation?: number;
  /** How many groups the channels fall into; each output sees the inputs of its group only (default 1). */
  groups?: number;
}

/**
 * Convolution (cross-correlation, as in PyTorch) of sequences with filters.
 *
 * @param x `[n, length, in]`
 * @param filter `[kernelLength, in / groups, out]`
 * @param bias `[out]`, or `null` for none.
 * @returns `[n, outLength, out]`
 * @throws ShapeError when channels and groups do not fit, or the filter is longer than the padded sequence.
 */
export function conv1d(
  x: tf.Tensor3D,
  filter: tf.Tensor3D,
  bias?: tf.Tensor | null,
  { stride = 1, padding = 0, dilation = 1, groups = 1 }: Conv1dOptions = {},
): tf.Tensor3D {
  // One row's height: a stride along it is never taken.
  const y = conv2d(tf.expandDims(x, 1), tf.expandDims(filter, 0), bias, {
    stride: [1, stride],
    padding: [0, padding],
    dilation: [1, dilation],
    groups,
  });
  return tf.squeeze(y, [1]);
}
