import * as tf from '@tensorflow/tfjs-core';
import { buildBudget } from '../registry/buildBudget.js';

/** Number of pixels added on each side of an image. */
export interface Sides {
  left?: number;
  right?: number;
  top?: number;
  bottom?: number;
}

/**
 * Pads by repeating the outermost pixels: PyTorch's `ReplicationPad2d`.
 *
 * @param x `[n, height, width, channels]`
 */
export function replicationPad2d(
  x: tf.Tensor4D,
  { left = 0, right = 0, top = 0, bottom = 0 }: Sides,
): tf.Tensor4D {
  const [n, height, width, channels] = x.shape;
  buildBudget()?.output([n, top + height + bottom, left + width + right, channels]);
  return repeatEnds(repeatEnds(x, 1, top, bottom), 2, left, right);
}

function repeatEnds(x: tf.Tensor4D, axis: 1 | 2, before: number, after: number): tf.Tensor4D {
  if (before === 0 && after === 0) return x;
  const last = x.shape[axis] - 1;
  return tf.concat(
    [
      ...Array<number>(before)
        .fill(0)
        .map((at) => lineAt(x, axis, at)),
      x,
      ...Array<number>(after)
        .fill(last)
        .map((at) => lineAt(x, axis, at)),
    ],
    axis,
  );
}

function lineAt(x: tf.Tensor4D, axis: 1 | 2, at: number): tf.Tensor4D {
  const start: [number, number, number, number] = [0, 0, 0, 0];
  const size = [...x.shape];
  start[axis] = at;
  size[axis] = 1;
  return tf.slice(x, start, size);
}
