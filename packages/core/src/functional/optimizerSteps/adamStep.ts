import * as tf from '@tensorflow/tfjs-core';
import { hasKernel, runKernel } from '../engineKernel.js';
import { type AdaptiveState, type AdaptiveStepOptions, average, debias } from './adaptiveStep.js';

/** Hyperparameters of {@link adamStep}. */
export interface AdamStepOptions extends AdaptiveStepOptions {
  /**
   * Whether the engine may write the new values over those of the inputs, where no other tensor has them (default
   * false): the inputs' own values are undefined afterwards.
   */
  inPlace?: boolean;
}

/**
 * One step of Adam, or of AdamW. The inputs stay as they are, unless it is asked for in place.
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
