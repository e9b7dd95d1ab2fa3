import * as tf from '@tensorflow/tfjs-core';
import { hasKernel, runKernel } from '../engineKernel.js';
import { type WeightDecayOptions, weightDecay } from './weightDecay.js';

/** Hyperparameters of Adam's step and of those derived from it. */
export interface AdaptiveStepOptions extends WeightDecayOptions {
  /** Share of the old average in the gradient's moving average, β₁. */
  mom: number;
  /** Share of the old average in the squared gradient's moving average, β₂. */
  sqrMom: number;
  /** Added to the denominator. */
  eps: number;
  /** Which step this is, from 1: the averages, which begin at zero, are corrected by it. */
  step: number;
}

/** A parameter and its state, as these steps take and return them; all of one shape. */
export interface AdaptiveState {
  param: tf.Tensor;
  /** Moving average of the gradient, zeros before the first step. */
  avg: tf.Tensor;
  /** Moving average of the squared gradient, zeros before the first step. */
  sqrAvg: tf.Tensor;
}

/** Hyperparameters of {@link adamStep}. */
export interface AdamStepOptions extends AdaptiveStepOptions {
  /**
   * Whether the engine may write the new values over those of the inputs, where no other tensor has them (default
   * false): the inputs' own values are undefined afterwards.
   */
  inPlace?: boolean;
}

/**
 * One step of Adam, or of AdamW. The inputs are not changed, unless `inPlace`.
 *
 * Source: fastai 2.8 `optimizer.py` (`weight_decay` or `l2_reg`, `average_grad` with dampening,
 * `average_sqr_grad`, `adam_step`); Kingma and Ba 2015; Loshchilov and Hutter 2019.
 */
export function adamStep(
  state: AdaptiveState & { grad: tf.Tensor },
  { decoupled = true, inPlace = false, ...rest }: AdamStepOptions,
): AdaptiveState {
  if (hasKernel('AdamStep')) {
    const [param, avg, sqrAvg] = runKernel<tf.Tensor[]>(
      'AdamStep',
      { ...state },
      { ...rest, decoupled, inPlace },
    );
    return { param: param!, avg: avg!, sqrAvg: sqrAvg! };
  }
  const { lr, mom, sqrMom, eps, step } = rest;
  return tf.tidy(() => {
    const { decayed, avg, sqrAvg } = average(state, { ...rest, decoupled });
    const denominator = tf.add(tf.sqrt(tf.div(sqrAvg, debias(sqrMom, step))), eps);
    const move = tf.mul(tf.div(avg, denominator), lr / debias(mom, step));
    return { param: tf.sub(decayed, move), avg, sqrAvg };
  });
}

/** Hyperparameters of {@link radamStep}. */
export interface RadamStepOptions extends AdamStepOptions {
  /** Above 0, the denominator goes through a softplus of this sharpness, as in SAdam (default 0). */
  beta?: number;
}

/** From this length of the approximated average on, the variance of the denominator is finite. */
const SHORTEST = 5;

/**
 * One step of rectified Adam: Adam's, scaled down while the average of squares is still of few gradients, and before
 * there are enough of them, plain momentum. The inputs are not changed, unless `inPlace`.
 *
 * Source: fastai 2.8 `optimizer.py`, `radam_step`; Liu et al. 2020, algorithm 2; SAdam: Tong et al. 2019.
 */
export function radamStep(
  state: AdaptiveState & { grad: tf.Tensor },
  { beta = 0, ...options }: RadamStepOptions,
): AdaptiveState {
  const { lr, mom, sqrMom, eps, wd, decoupled = true, step } = options;
  const longest = 2 / (1 - sqrMom) - 1;
  const length = longest - (2 * step * sqrMom ** step) / debias(sqrMom, step);
  const rectifier = Math.sqrt(
    ((length - 4) * (length - 2) * longest) / ((longest - 4) * (longest - 2) * length),
  );
  if (length > SHORTEST && beta === 0) {
    // What is decoupled from the rectified rate must stay in proportion to the rate itself.
    return adamStep(state, { ...options, lr: lr * rectifier, wd: decoupled ? wd / rectifier : wd });
  }
  return tf.tidy(() => {
    const { decayed, avg, sqrAvg } = average(state, options);
    const rate = lr / debias(mom, step);
    if (length <= SHORTEST) return { param: tf.sub(decayed, tf.mul(avg, rate)), avg, sqrAvg };
    const root = tf.add(tf.sqrt(tf.div(sqrAvg, debias(sqrMom, step))), eps);
    const denominator = tf.div(tf.softplus(tf.mul(root, beta)), beta);
    return { param: tf.sub(decayed, tf.mul(tf.div(avg, denominator), rate * rectifier)), avg, sqrAvg };
  });
}

/** Hyperparameters of {@link qhadamStep}. */
export interface QhadamStepOptions extends AdaptiveStepOptions {
  /** Share of the gradient's average against the gradient itself, ν₁. */
  nu1: number;
  /** Share of the squared gradient's average against the squared gradient itself, ν₂. */
  nu2: number;
}

/**
 * One step of quasi-hyperbolic Adam: Adam's with some of the current gradient mixed into either average. The inputs
 * are not changed.
 *
 * Source: fastai 2.8 `optimizer.py`, `qhadam_step`; Ma and Yarats 2019.
 */
export function qhadamStep(
  state: AdaptiveState & { grad: tf.Tensor },
  options: QhadamStepOptions,
): AdaptiveState {
  const { lr, mom, sqrMom, eps, nu1, nu2, step } = options;
  return tf.tidy(() => {
    const { decayed, gradient, avg, sqrAvg } = average(state, options);
    const numerator = tf.add(tf.mul(gradient, 1 - nu1), tf.mul(avg, nu1 / debias(mom, step)));
    const square = tf.add(tf.mul(tf.square(gradient), 1 - nu2), tf.mul(sqrAvg, nu2 / debias(sqrMom, step)));
    const move = tf.mul(tf.div(numerator, tf.add(tf.sqrt(square), eps)), lr);
    return { param: tf.sub(decayed, move), avg, sqrAvg };
  });
}

/** How many times longer than Adam's a step of LAMB can become. */
const MAX_TRUST = 10;

/**
 * One step of LAMB: Adam's, scaled to the parameter's size times the rate. The inputs are not changed.
 *
 * Source: fastai 2.8 `optimizer.py`, `lamb_step`; You et al. 2020.
 */
export function lambStep(
  state: AdaptiveState & { grad: tf.Tensor },
  options: AdaptiveStepOptions,
): AdaptiveState {
  const { lr, mom, sqrMom, eps, step } = options;
  return tf.tidy(() => {
    const { decayed, avg, sqrAvg } = average(state, options);
    const denominator = tf.add(tf.sqrt(tf.div(sqrAvg, debias(sqrMom, step))), eps);
    const move = tf.div(tf.div(avg, debias(mom, step)), denominator);
    const [size, length] = [rootMeanSquare(decayed), rootMeanSquare(move)];
    const trust = tf.where(
      tf.logicalOr(tf.equal(size, 0), tf.equal(length, 0)),
      tf.onesLike(size),
      tf.minimum(tf.div(size, length), MAX_TRUST),
    );
    return { param: tf.sub(decayed, tf.mul(move, tf.mul(trust, lr))), avg, sqrAvg };
  });
}

/** What these steps have in common: the decayed parameter, the gradient, and both averages with it in. */
function average(
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

/** The divisor of an average after `step` steps, which corrects that it began at zero. */
function debias(mom: number, step: number): number {
  return 1 - mom ** step;
}

function rootMeanSquare(tensor: tf.Tensor): tf.Tensor {
  return tf.sqrt(tf.mean(tf.square(tensor)));
}
