import * as tf from '@tensorflow/tfjs-core';
import { type AdaptiveState, type AdaptiveStepOptions, average, debias } from './adaptiveStep.js';

/** How many times longer than Adam's a step can become. */
const MAX_TRUST = 10;

/**
 * One step of LAMB: Adam's, made as long in proportion to the parameter as the rate says. The inputs stay as they are.
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

function rootMeanSquare(tensor: tf.Tensor): tf.Tensor {
  return tf.sqrt(tf.mean(tf.square(tensor)));
}
