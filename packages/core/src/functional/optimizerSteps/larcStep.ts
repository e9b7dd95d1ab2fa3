import * as tf from '@tensorflow/tfjs-core';
import type { MomentumState } from './momentumState.js';
import { weightDecay } from './weightDecay.js';

/** Hyperparameters of {@link larcStep}. */
export interface LarcStepOptions {
  /** Learning rate. */
  lr: number;
  /** Share of the old average that stays in the gradient's moving sum; without `avg` it has no effect. */
  mom: number;
  /** How long a step is, for a rate of 1, in proportion to the parameter. */
  trustCoeff: number;
  /** Added to the denominator. */
  eps: number;
  /** Weight decay. */
  wd: number;
  /** The weight decay that counts in the denominator (default `wd`). */
  rateWd?: number;
  /** Whether the decay shrinks the parameter rather than being added to the gradient (default true). */
  decoupled?: boolean;
  /** Whether the parameter's own rate is at most `lr` (LARC, default), or what it is (LARS). */
  clip?: boolean;
}

/**
 * One step of LARC or LARS: that of SGD with a rate of the parameter's own, which is proportional to the parameter's
 * length over its gradient's. The inputs stay as they are.
 *
 * Source: fastai 2.8 `optimizer.py` (`average_grad` without dampening, `larc_layer_lr`, `larc_step`); You et al. 2017.
 */
export function larcStep(
  { param, grad, avg }: MomentumState & { grad: tf.Tensor },
  { lr, mom, trustCoeff, eps, wd, rateWd = wd, decoupled = true, clip = true }: LarcStepOptions,
): MomentumState {
  return tf.tidy(() => {
    const { decayed, gradient } = weightDecay(param, grad, { lr, wd, decoupled });
    const newAvg = avg && tf.add(tf.mul(avg, mom), gradient);
    const [size, slope] = [tf.norm(decayed), tf.norm(gradient)];
    const rate = tf.div(tf.mul(size, lr * trustCoeff), tf.add(tf.add(slope, tf.mul(size, rateWd)), eps));
    const move = tf.mul(newAvg ?? gradient, clip ? tf.minimum(rate, lr) : rate);
    return { param: tf.sub(decayed, move), avg: newAvg };
  });
}
