import * as tf from '@tensorflow/tfjs-core';
import type { MomentumState } from './momentumState.js';
import { weightDecay } from './weightDecay.js';

/** Hyperparameters of {@link rmsPropStep}. */
export interface RmsPropStepOptions {
  /** Learning rate. */
  lr: number;
  /** Share of the old average that stays in the gradient's moving sum; without `avg` it has no effect. */
  mom: number;
  /** Share of the old average in the squared gradient's moving average. */
  sqrMom: number;
  /** Added to the denominator. */
  eps: number;
  /** Weight decay. */
  wd: number;
  /** Whether the decay shrinks the parameter rather than being added to the gradient (default true). */
  decoupled?: boolean;
}

/** A parameter with its state, as {@link rmsPropStep} takes and gives them; all of one shape. */
export interface RmsPropState extends MomentumState {
  /** Moving average of the squared gradient, zeros before the first step. */
  sqrAvg: tf.Tensor;
}

/**
 * One step of RMSProp: the gradient, or its moving sum, over the root of the average of its square. The inputs stay as
 * they are.
 *
 * Source: fastai 2.8 `optimizer.py` (`average_grad` without dampening, `average_sqr_grad`, `rms_prop_step`).
 */
export function rmsPropStep(
  { param, grad, avg, sqrAvg }: RmsPropState & { grad: tf.Tensor },
  { lr, mom, sqrMom, eps, wd, decoupled = true }: RmsPropStepOptions,
): RmsPropState {
  return tf.tidy(() => {
    const { decayed, gradient } = weightDecay(param, grad, { lr, wd, decoupled });
    const newAvg = avg && tf.add(tf.mul(avg, mom), gradient);
    const newSqrAvg = tf.add(tf.mul(sqrAvg, sqrMom), tf.mul(tf.square(gradient), 1 - sqrMom));
    const move = tf.mul(tf.div(newAvg ?? gradient, tf.add(tf.sqrt(newSqrAvg), eps)), lr);
    return { param: tf.sub(decayed, move), avg: newAvg, sqrAvg: newSqrAvg };
  });
}
