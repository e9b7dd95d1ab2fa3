import * as tf from '@tensorflow/tfjs-core';
import { ShapeError } from '../../errors.js';
import { buildBudget } from '../../registry/buildBudget.js';

/**
 * `x · weightᵀ + bias`.
 *
 * @param x `[…, in]`
 * @param weight `[out, in]`
 * @param bias `[out]`, or `null` for none.
 * @returns `[…, out]`
 * @throws ShapeError when the last axis of `x` is not `in`.
 */
export function linear<T extends tf.Tensor>(x: T, weight: tf.Tensor, bias?: tf.Tensor | null): T {
  const [out, inputs] = weight.shape as [number, number];
  if (x.shape.at(-1) !== inputs) {
    throw new ShapeError(`The linear layer takes ${inputs} features, but its input is [${x.shape}].`);
  }
  buildBudget()?.output([...x.shape.slice(0, -1), out], inputs);
  const flat = tf.reshape(x, [-1, inputs]);
  const y = tf.matMul(flat, weight as tf.Tensor2D, false, true);
  return tf.reshape(bias ? tf.add(y, bias) : y, [...x.shape.slice(0, -1), out]) as T;
}
