import * as tf from '@tensorflow/tfjs-core';
import { hasKernel, runKernel } from '../engineKernel.js';
import { withoutGradient } from '../withoutGradient.js';
import type { Moments } from './batchNorm.js';

/** The running statistics of a batch norm, and the number of batches it has seen, an int32 scalar. */
export interface RunningMoments {
  mean: tf.Tensor;
  variance: tf.Tensor;
  count: tf.Tensor;
}

/** Options of {@link nextRunningMoments}. */
export interface RunningMomentsOptions {
  /** Weight of the batch's moments in the new running ones. */
  momentum: number;
  /** Number of values per channel in the batch, which turns its biased variance into an unbiased one. */
  values: number;
}

/**
 * The running moments after one more batch: `(1 − momentum) · running + momentum · batch`, with the batch's unbiased
 * variance. The inputs are not changed, and no gradient flows.
 *
 * Source: PyTorch `torch/nn/modules/batchnorm.py`.
 */
export function nextRunningMoments(
  { mean, variance, count }: RunningMoments,
  batch: Moments,
  { momentum, values }: RunningMomentsOptions,
): RunningMoments {
  const unbiased = values / (values - 1);
  if (hasKernel('RunningMoments')) {
    const inputs = { mean, variance, count, batchMean: batch.mean, batchVariance: batch.variance };
    const next = runKernel<tf.Tensor[]>('RunningMoments', inputs, { momentum, unbiased });
    return { mean: next[0]!, variance: next[1]!, count: next[2]! };
  }
  const towards = (running: tf.Tensor, moment: tf.Tensor, scale: number) =>
    withoutGradient(() => tf.add(tf.mul(running, 1 - momentum), tf.mul(moment, momentum * scale)));
  return {
    mean: towards(mean, batch.mean, 1),
    variance: towards(variance, batch.variance, unbiased),
    count: withoutGradient(() => tf.add(count, tf.scalar(1, 'int32'))),
  };
}
