import * as tf from '@tensorflow/tfjs-core';
import { conv2d } from './conv2d.js';

/** Options of {@link conv1d}. */
export interface Conv1dOptions {
  /** Step between windows (default 1). */
  stride?: number;
  /** Zeros added on each side (default 0). */
  padding?: number;
  /** Step between the filter's taps (default 1). */
  dilation?: number;
  /** Number of groups that the channels are divided into; an output depends only on the inputs of its group (default 1). */
  groups?: number;
}

/**
 * 1D convolution (cross-correlation, as in PyTorch).
 *
 * @param x `[n, length, in]`
 * @param filter `[kernelLength, in / groups, out]`
 * @param bias `[out]`, or `null` for none.
 * @returns `[n, outLength, out]`
 * @throws ShapeError when the channels cannot be divided into the groups, or the filter is longer than the padded sequence.
 */
export function conv1d(
  x: tf.Tensor3D,
  filter: tf.Tensor3D,
  bias?: tf.Tensor | null,
  { stride = 1, padding = 0, dilation = 1, groups = 1 }: Conv1dOptions = {},
): tf.Tensor3D {
  // An image of height 1: the stride along that axis has no effect.
  const y = conv2d(tf.expandDims(x, 1), tf.expandDims(filter, 0), bias, {
    stride: [1, stride],
    padding: [0, padding],
    dilation: [1, dilation],
    groups,
  });
  return tf.squeeze(y, [1]);
}
