import * as tf from '@tensorflow/tfjs-core';
import { weightDecay } from './weightDecay.js';

/** Hyperparameters of Adam's step and of those of its relatives. */
export interface AdaptiveStepOptions {
  /** Learning rate. */
  lr: number;
  /** Share of the old average in the gradient's moving average, β₁. */
  mom: number;
  /** Share of the old average in the squared gradient's moving average, β₂. */
  sqrMom: number;
  /** Added to the denominator. */
  eps: number;
  /** Weight decay. */
  wd: number;
  /** Whether the decay shrinks the parameter (AdamW) rather than being added to the gradient (default true). */
  decoupled?: boolean;
  /** Which step this is, from 1: the averages, which begin at zero, are corrected by it. */
  step: number;
}

/** A parameter with its state, as these steps take and give them; all of one shape. */
export interface AdaptiveState {
  param: tf.Tensor;
  /** Moving average of the gradient, zeros before the first step. */
  avg: tf.Tensor;
  /** Moving average of the squared gradient, zeros before the first step. */
  sqrAvg: tf.Tensor;
}

/** What these steps have in common: the decayed parameter, the gradient, and both averages with it in. */
export function average(
  { param, grad, avg, sqrAvg }: AdaptiveState & { grad: tf.Tensor },
  { lr, mom, sqrMom, wd, decoupled }: AdaptiveStepOptions,
) {
  const { decayed, gradient } = weightDecay(param, grad, { lr, wd, decoupled });
  return {
    decayed,
    gradient,
    avg: tf.add(tf.mul(avg, mom), tf.mul(gradient, 1 - mom)),
    sqrAvg: tf.add(tf.mul(sqrAvg, sqrMom), tf.mul(tf.square(gradient), 1 - sqrMom)),
  };
}

/** By what the averages after `step` steps are divided, since they began at zero. */
export function debias(mom: number, step: number): number {
  return 1 - mom ** step;
}
