import * as tf from '@tensorflow/tfjs-core';
import { hasKernel, runKernel } from '../engineKernel.js';
import { type WeightDecayOptions, weightDecay } from './weightDecay.js';

/** Hyperparameters of Adam's step and its variants. */
export interface AdaptiveStepOptions extends WeightDecayOptions {
  /** Decay of the gradient's moving average, β₁. */
  mom: number;
  /** Decay of the squared gradient's moving average, β₂. */
  sqrMom: number;
  /** Added to the denominator. */
  eps: number;
  /** Number of this step, from 1, for bias correction of the averages, which start at zero. */
  step: number;
}

/** A parameter and its state, as inputs and outputs of these steps; all have the same shape. */
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
   * Whether the engine may overwrite the inputs' values where no other tensor shares them (default false); the
   * inputs' values are undefined afterwards.
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

/** Above this length of the approximated simple moving average, the variance of the denominator is finite. */
const SHORTEST = 5;

/**
 * One step of rectified Adam: Adam's step, scaled down while the average of squared gradients has few terms; before
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
    // Decoupled weight decay must be proportional to the rate, not to the rectified rate.
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
  /** Weight of the gradient's average relative to the gradient itself, ν₁. */
  nu1: number;
  /** Weight of the squared gradient's average relative to the squared gradient itself, ν₂. */
  nu2: number;
}

/**
 * One step of quasi-hyperbolic Adam: Adam's step, with the current gradient mixed into both averages. The inputs are
 * not changed.
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

/** Maximum ratio of a LAMB step to Adam's step. */
const MAX_TRUST = 10;

/**
 * One step of LAMB: Adam's step, scaled to the parameter's norm times the rate. The inputs are not changed.
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

/** The common part of these steps: the decayed parameter, the gradient, and both updated averages. */
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

/** The divisor of an average after `step` steps that corrects its bias toward the initial zero. */
function debias(mom: number, step: number): number {
  return 1 - mom ** step;
}

function rootMeanSquare(tensor: tf.Tensor): tf.Tensor {
  return tf.sqrt(tf.mean(tf.square(tensor)));
}
