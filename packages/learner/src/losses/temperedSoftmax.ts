import * as tf from '@tensorflow/tfjs-core';

/**
 * The logarithms of the tempered softmax over the last axis: `exp_t(score − λ)`, with λ such that it sums to 1. With `t` above 1
 * its tail is heavier than that of softmax, at 1 it is softmax, and below 1 low scores have a probability of (almost) 0.
 *
 * Source: Amid et al. 2019, algorithm 1 for `t` above 1; Google's implementation, which bisects below 1.
 *
 * @param scores `[n, classes]`.
 * @param t Temperature, above 0.
 * @param numIters Steps to find λ.
 */
export function temperedLogSoftmax(scores: tf.Tensor, t: number, numIters: number): tf.Tensor {
  if (t === 1) return tf.logSoftmax(scores);
  return tf.tidy(() => {
    const shifted = tf.sub(scores, tf.max(scores, -1, true));
    const lambda = t > 1 ? byFixedPoint(shifted, t, numIters) : byBisection(shifted, t, numIters);
    return logOfTemperedExp(tf.sub(shifted, lambda), t);
  });
}

/** The tempered logarithm `(x^(1 − t) − 1) / (1 − t)` of `x = exp(logX)`. */
export function temperedLog(logX: tf.Tensor, t: number): tf.Tensor {
  return t === 1 ? logX : tf.div(tf.expm1(tf.mul(logX, 1 - t)), 1 - t);
}

/** λ of scores whose maximum is 0, for `t` above 1. */
function byFixedPoint(scores: tf.Tensor, t: number, numIters: number): tf.Tensor {
  const logPartition = (scaled: tf.Tensor) => tf.log(sumOfTemperedExp(scaled, t));
  let scaled = scores;
  for (let i = 0; i < numIters; i++) {
    scaled = tf.mul(scores, tf.exp(tf.mul(logPartition(scaled), 1 - t)));
  }
  return tf.neg(temperedLog(tf.neg(logPartition(scaled)), t));
}

/** λ of scores whose maximum is 0, for `t` below 1. */
function byBisection(scores: tf.Tensor, t: number, numIters: number): tf.Tensor {
  const supported = tf.sum(tf.cast(tf.greater(scores, -1 / (1 - t)), 'float32'), -1, true);
  let high = tf.neg(temperedLog(tf.neg(tf.log(supported)), t));
  let low = tf.zerosLike(high);
  const middle = () => tf.div(tf.add(low, high), 2);
  for (let i = 0; i < numIters; i++) {
    const lambda = middle();
    const isTooHigh = tf.less(sumOfTemperedExp(tf.sub(scores, lambda), t), 1);
    [low, high] = [tf.where(isTooHigh, low, lambda), tf.where(isTooHigh, lambda, high)];
  }
  return middle();
}

function sumOfTemperedExp(scores: tf.Tensor, t: number): tf.Tensor {
  return tf.sum(tf.exp(logOfTemperedExp(scores, t)), -1, true);
}

/** The logarithm of `exp_t(x) = max(0, 1 + (1 − t)·x)^(1 / (1 − t))`, which is finite also where that is 0. */
function logOfTemperedExp(x: tf.Tensor, t: number): tf.Tensor {
  const change = tf.mul(x, 1 - t);
  const log = tf.log1p(tf.maximum(change, SMALLEST - 1));
  // The comparison is false of NaN, which stays NaN.
  return tf.div(tf.where(tf.lessEqual(change, SMALLEST - 1), LOG_OF_ZERO, log), 1 - t);
}

const SMALLEST = 1e-6;
/** Small enough for any power of its exponential that losses use to be 0. */
const LOG_OF_ZERO = -80;
