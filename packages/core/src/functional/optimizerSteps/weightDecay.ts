import * as tf from '@tensorflow/tfjs-core';

/** Hyperparameters of all optimizer steps. */
export interface WeightDecayOptions {
  /** Learning rate. */
  lr: number;
  /** Weight decay. */
  wd: number;
  /** Whether to decay the parameter directly (default true), rather than add to the gradient (L2). */
  decoupled?: boolean;
}

/**
 * The parameter and the gradient with weight decay applied to one of them.
 *
 * Source: fastai 2.8 `optimizer.py`, `weight_decay` and `l2_reg`.
 */
export function weightDecay(
  param: tf.Tensor,
  grad: tf.Tensor,
  { lr, wd, decoupled = true }: WeightDecayOptions,
): { decayed: tf.Tensor; gradient: tf.Tensor } {
  if (wd === 0) return { decayed: param, gradient: grad };
  return decoupled
    ? { decayed: tf.mul(param, 1 - lr * wd), gradient: grad }
    : { decayed: param, gradient: tf.add(grad, tf.mul(param, wd)) };
}
