import * as tf from '@tensorflow/tfjs-core';
import { type AdamStepOptions, adamStep } from './adamStep.js';
import { type AdaptiveState, average, debias } from './adaptiveStep.js';

/** Hyperparameters of {@link radamStep}. */
export interface RadamStepOptions extends AdamStepOptions {
  /** Where above 0, the denominator goes through a softplus of this sharpness, as in SAdam (default 0). */
  beta?: number;
}

/** From this length of the approximated average on, the variance of the denominator is finite. */
const SHORTEST = 5;

/**
 * One step of rectified Adam: Adam's, scaled down while the average of squares is still of few gradients, and before
 * there are enough of them, plain momentum. The inputs stay as they are, unless it is asked for in place.
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
