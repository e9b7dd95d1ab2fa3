import * as tf from '@tensorflow/tfjs-core';
import { hasKernel, runKernel } from '../engineKernel.js';
import { type WeightDecayOptions, weightDecay } from './weightDecay.js';

/** A parameter and its state, as inputs and outputs of a step with optional momentum; both have the same shape. */
export interface MomentumState {
  param: tf.Tensor;
  /** Moving sum of the gradient, zeros before the first step; absent for a step without momentum. */
  avg?: tf.Tensor | undefined;
}

/** Hyperparameters of {@link sgdStep}. */
export interface SgdStepOptions extends WeightDecayOptions {
  /** Decay of the gradient's moving sum; without `avg` it has no effect. */
  mom: number;
  /**
   * Whether the engine may overwrite the inputs' values where no other tensor shares them (default false); the
   * inputs' values are undefined afterwards.
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
  /** Decay of the gradient's moving sum; without `avg` it has no effect. */
  mom: number;
  /** Decay of the squared gradient's moving average. */
  sqrMom: number;
  /** Added to the denominator. */
  eps: number;
}

/** A parameter and its state, as inputs and outputs of {@link rmsPropStep}; all have the same shape. */
export interface RmsPropState extends MomentumState {
  /** Moving average of the squared gradient, zeros before the first step. */
  sqrAvg: tf.Tensor;
}

/**
 * One step of RMSProp: the gradient, or its moving sum, divided by the root of the average of its square. The inputs
 * are not changed.
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
  /** Decay of the gradient's moving sum; without `avg` it has no effect. */
  mom: number;
  /** Ratio of the step's norm to the parameter's norm, for a rate of 1. */
  trustCoeff: number;
  /** Added to the denominator. */
  eps: number;
  /** The weight decay in the denominator (default `wd`). */
  rateWd?: number;
  /** Whether the parameter's rate is limited to `lr` (LARC, default), or not (LARS). */
  clip?: boolean;
}

/**
 * One step of LARC or LARS: a step of SGD with a separate rate per parameter, proportional to its norm divided by its
 * gradient's norm. The inputs are not changed.
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
