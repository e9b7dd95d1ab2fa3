import * as tf from '@tensorflow/tfjs-core';
import { type AdaptiveState, type AdaptiveStepOptions, average, debias } from './adaptiveStep.js';

/** Hyperparameters of {@link qhadamStep}. */
export interface QhadamStepOptions extends AdaptiveStepOptions {
  /** Share of the gradient's average against the gradient itself, ν₁. */
  nu1: number;
  /** Share of the squared gradient's average against the squared gradient itself, ν₂. */
  nu2: number;
}

/**
 * One step of quasi-hyperbolic Adam: Adam's with some of the current gradient mixed into either average. The inputs
 * stay as they are.
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
