import * as tf from '@tensorflow/tfjs-core';
import { buildBudget } from '../../registry/buildBudget.js';
import { type Size, toSize } from '../../size.js';
import { oneHot } from '../oneHot.js';

/**
 * Nearest-neighbor resizing, rounding down: PyTorch's `interpolate(mode='nearest')`.
 *
 * tfjs's `resizeNearestNeighbor` gives the same values, but its gradient reads out of bounds at many sizes, such as from
 * 14 to 13, and is then NaN.
 *
 * @param x `[n, height, width, channels]`
 * @returns `[n, ...size, channels]`
 */
export function resizeNearest(x: tf.Tensor4D, size: Size): tf.Tensor4D {
  const [height, width] = toSize(size);
  buildBudget()?.output([x.shape[0], height, Math.max(x.shape[2], width), x.shape[3]]);
  return tf.tidy(() => resizeAxis(resizeAxis(x, 1, height), 2, width));
}

function resizeAxis(x: tf.Tensor4D, axis: 1 | 2, size: number): tf.Tensor4D {
  const before = x.shape[axis];
  if (before === size) return x;
  const sources = nearest(before, size);
  if (sources.every((source, i) => source === i)) return cropped(x, axis, size);
  const picked = tf.customGrad((input) => ({
    value: tf.gather(input as tf.Tensor4D, tf.tensor1d(sources, 'int32'), axis),
    gradFunc: (dy: tf.Tensor) => spreadBack(dy as tf.Tensor4D, axis, sources, before),
  }));
  return picked(x) as tf.Tensor4D;
}

/** The source index of each output pixel, computed in single precision as in PyTorch. */
function nearest(before: number, after: number): number[] {
  const scale = Math.fround(before / after);
  return Array.from({ length: after }, (_, i) => Math.min(Math.floor(Math.fround(i * scale)), before - 1));
}

/** Removes the last pixels of an axis, which suffices when it shrinks by a few pixels only. */
function cropped(x: tf.Tensor4D, axis: 1 | 2, size: number): tf.Tensor4D {
  const shape = [...x.shape];
  shape[axis] = size;
  return tf.slice(x, [0, 0, 0, 0], shape);
}

/** The gradient: for each input pixel the sum over the outputs that were copied from it. */
function spreadBack(dy: tf.Tensor4D, axis: 1 | 2, sources: readonly number[], before: number): tf.Tensor {
  const outer = axis === 1 ? dy.shape[0] : dy.shape[0] * dy.shape[1];
  const takers = oneHot(tf.tensor1d([...sources], 'int32'), before);
  const flat = tf.reshape<tf.Rank.R3>(dy, [outer, sources.length, -1]);
  const all = tf.tile(tf.expandDims(takers), [outer, 1, 1]);
  const shape = [...dy.shape];
  shape[axis] = before;
  return tf.reshape(tf.matMul(all, flat, true, false), shape);
}
