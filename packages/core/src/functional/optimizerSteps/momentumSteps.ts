import * as tf from '@tensorflow/tfjs-core';
import { hasKernel, runKernel } from '../engineKernel.js';
import { type WeightDecayOptions, weightDecay } from './weightDecay.js';

/** A parameter and its state, as a step that may have momentum takes and returns them; both of one shape. */
export interface MomentumState {
  param: tf.Tensor;
  /** Moving sum of the gradient, zeros before the first step; absent for a step without momentum. */
  avg?: tf.Tensor | undefined;
}

/** Hyperparameters of {@link sgdStep}. */
export interface SgdStepOptions extends WeightDecayOptions {
  /** Share of the old average that stays in the gradient's moving sum; without `avg` it has no effect. */
  mom: number;
  /**
   * Whether the engine may write the new values over those of the inputs, where no other tensor has them (default
   * false): the inputs' own values are undefined afterwards.
   */
  inPlace?: boolean;
}

/**
 * One step of stochastic gradient descent, with momentum if there is a moving sum. The inputs are not changed, unless
 * `inPlace`.
 *
 * Source: fastai 2.8 `optimizer.py` (`weight_decay` or `l2_reg`, `average_grad` without dampening,
 * `momentum_step` or `sgd_step`).
 */
export function sgdStep(
  { param, grad, avg }: MomentumState & { grad: tf.Tensor },
  { lr, mom, wd, decoupled = true, inPlace = false }: SgdStepOptions,
): MomentumState {
  if (hasKernel('SgdStep')) {
    const [newParam, newAvg] = runKernel<tf.Tensor[]>(
      'SgdStep',
      avg ? { param, grad, avg } : { param, grad },
      { lr, mom, wd, decoupled, inPlace },
    );
    return { param: newParam!, avg: newAvg };
  }
  return tf.tidy(() => {
    const { decayed, gradient } = weightDecay(param, grad, { lr, wd, decoupled });
    const newAvg = avg && tf.add(tf.mul(avg, mom), gradient);
    return { param: tf.sub(decayed, tf.mul(newAvg ?? gradient, lr)), avg: newAvg };
  });
}

/** Hyperparameters of {@link rmsPropStep}. */
export interface RmsPropStepOptions extends WeightDecayOptions {
  /** Share of the old average that stays in the gradient's moving sum; without `avg` it has no effect. */
  mom: number;
  /** Share of the old average in the squared gradient's moving average. */
  sqrMom: number;
  /** Added to the denominator. */
  eps: number;
}

/** A parameter and its state, as {@link rmsPropStep} takes and returns them; all of one shape. */
export interface RmsPropState extends MomentumState {
  /** Moving average of the squared gradient, zeros before the first step. */
  sqrAvg: tf.Tensor;
}

/**
 * One step of RMSProp: the gradient, or its moving sum, over the root of the average of its square. The inputs are not
 * changed.
 *
 * Source: fastai 2.8 `optimizer.py` (`average_grad` without dampening, `average_sqr_grad`, `rms_prop_step`).
 */
export function rmsPropStep(
  { param, grad, avg, sqrAvg }: RmsPropState & { grad: tf.Tensor },
  { lr, mom, sqrMom, eps, wd, decoupled }: RmsPropStepOptions,
): RmsPropState {
  return tf.tidy(() => {
    const { decayed, gradient } = weightDecay(param, grad, { lr, wd, decoupled });
    const newAvg = avg && tf.add(tf.mul(avg, mom), gradient);
    const newSqrAvg = tf.add(tf.mul(sqrAvg, sqrMom), tf.mul(tf.square(gradient), 1 - sqrMom));
    const move = tf.mul(tf.div(newAvg ?? gradient, tf.add(tf.sqrt(newSqrAvg), eps)), lr);
    return { param: tf.sub(decayed, move), avg: newAvg, sqrAvg: newSqrAvg };
  });
}

/** Hyperparameters of {@link larcStep}. */
export interface LarcStepOptions extends WeightDecayOptions {
  /** Share of the old average that stays in the gradient's moving sum; without `avg` it has no effect. */
  mom: number;
  /** How long a step is, for a rate of 1, in proportion to the parameter. */
  trustCoeff: number;
  /** Added to the denominator. */
  eps: number;
  /** The weight decay that counts in the denominator (default `wd`). */
  rateWd?: number;
  /** Whether the parameter's own rate is at most `lr` (LARC, default), or what it is (LARS). */
  clip?: boolean;
}

/**
 * One step of LARC or LARS: that of SGD with a rate of the parameter's own, which is proportional to the parameter's
 * norm over its gradient's. The inputs are not changed.
 *
 * Source: fastai 2.8 `optimizer.py` (`average_grad` without dampening, `larc_layer_lr`, `larc_step`); You et al. 2017.
 */
export function larcStep(
  { param, grad, avg }: MomentumState & { grad: tf.Tensor },
  { lr, mom, trustCoeff, eps, wd, rateWd = wd, decoupled, clip = true }: LarcStepOptions,
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
