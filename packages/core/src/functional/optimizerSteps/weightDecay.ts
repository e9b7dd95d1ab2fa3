import * as tf from '@tensorflow/tfjs-core';

/** Hyperparameters that every optimizer step has. */
export interface WeightDecayOptions {
  /** Learning rate. */
  lr: number;
  /** Weight decay. */
  wd: number;
  /** Whether the decay shrinks the parameter rather than being added to the gradient (default true). */
  decoupled?: boolean;
}

/**
 * The parameter and the gradient that a step goes on with: one of them with the weight decay applied.
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
