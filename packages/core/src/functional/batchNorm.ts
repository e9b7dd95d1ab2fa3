import * as tf from '@tensorflow/tfjs';
import { hasKernel, runKernel } from './engineKernel.js';
import { reluGradFromOutput } from './relu.js';

/** What a norm's output goes through: max(·, 0), or nothing. */
export type NormActivation = 'relu' | null;

/** What {@link batchNormTrain} gives. */
export interface BatchNormResult<T extends tf.Tensor = tf.Tensor> {
  /** The normalised input, through the activation if there is one, of its shape. */
  y: T;
  /** The batch's mean of each channel, `[channels]`; no gradient flows through it. */
  mean: tf.Tensor1D;
  /** The batch's biased variance of each channel, `[channels]`; no gradient flows through it. */
  variance: tf.Tensor1D;
}

/**
 * Batch normalisation by the batch's own statistics:
 * `y = (x − mean) / √(variance + epsilon) · scale + offset`, over all axes but the last.
 *
 * Source: Ioffe and Szegedy 2015, algorithm 1.
 *
 * @param x `[…, channels]`
 * @param scale `[channels]`
 * @param offset `[channels]`
 * @param epsilon Added to the variance (default 1e-5).
 * @param activation What `y` goes through after that (default nothing); in the same pass where the engine can.
 */
export function batchNormTrain<T extends tf.Tensor>(
  x: T,
  scale: tf.Tensor,
  offset: tf.Tensor,
  epsilon = 1e-5,
  activation: NormActivation = null,
): BatchNormResult<T> {
  let statistics: tf.Tensor[] = [];
  const y = tf.customGrad((input, gain, shift, save) => {
    const [normalised, mean, variance] = forward(
      input as tf.Tensor,
      gain as tf.Tensor,
      shift as tf.Tensor,
      epsilon,
      activation,
    );
    const saved = [input as tf.Tensor, gain as tf.Tensor, mean!, variance!];
    // A kernel computes the activation again; without one, its output is at hand in what follows anyway.
    const fused = hasKernel('BatchNormTrainGrad');
    (save as tf.GradSaveFunc)(activation ? [...saved, fused ? (shift as tf.Tensor) : normalised!] : saved);
    // tf.customGrad hands on one value only and clears what else was made inside it.
    statistics = [tf.keep(mean!), tf.keep(variance!)];
    return {
      value: normalised!,
      gradFunc: (dy: tf.Tensor, [x, scale, mean, variance, last]: tf.Tensor[]) => {
        if (fused) {
          const inputs = { dy, x: x!, scale: scale!, mean: mean!, variance: variance! };
          return runKernel<tf.Tensor[]>('BatchNormTrainGrad', last ? { ...inputs, offset: last } : inputs, {
            epsilon,
            activation,
          });
        }
        return tf.tidy(() =>
          backward(last ? reluGradFromOutput(dy, last) : dy, x!, scale!, mean!, variance!, epsilon),
        );
      },
    };
  })(x, scale, offset) as T;
  const [mean, variance] = statistics.map(release) as [tf.Tensor1D, tf.Tensor1D];
  return { y, mean, variance };
}

/**
 * Batch normalisation by given statistics, as in evaluation; differentiable in `x`, `scale` and `offset`.
 *
 * @param x `[…, channels]`
 * @param mean `[channels]`
 * @param variance `[channels]`
 * @param scale `[channels]`
 * @param offset `[channels]`
 * @param epsilon Added to the variance (default 1e-5).
 */
export function batchNorm<T extends tf.Tensor>(
  x: T,
  mean: tf.Tensor,
  variance: tf.Tensor,
  scale: tf.Tensor,
  offset: tf.Tensor,
  epsilon = 1e-5,
): T {
  return tf.customGrad((input, gain, shift, save) => {
    (save as tf.GradSaveFunc)([input as tf.Tensor, gain as tf.Tensor, mean, variance]);
    return {
      value: normalise(input as tf.Tensor, gain as tf.Tensor, shift as tf.Tensor, mean, variance, epsilon),
      gradFunc: (dy: tf.Tensor, [input, gain, mean, variance]: tf.Tensor[]) =>
        tf.tidy(() => {
          const axes = allButLast(dy);
          const inverse = tf.rsqrt(tf.add(variance!, epsilon));
          const normalised = tf.mul(tf.sub(input!, mean!), inverse);
          return [tf.mul(dy, tf.mul(gain!, inverse)), tf.sum(tf.mul(dy, normalised), axes), tf.sum(dy, axes)];
        }),
    };
  })(x, scale, offset) as T;
}

function forward(
  x: tf.Tensor,
  scale: tf.Tensor,
  offset: tf.Tensor,
  epsilon: number,
  activation: NormActivation,
): tf.Tensor[] {
  if (hasKernel('BatchNormTrain')) {
    return runKernel('BatchNormTrain', { x, scale, offset }, { epsilon, activation });
  }
  const axes = allButLast(x);
  const mean = tf.mean(x, axes);
  const variance = tf.mean(tf.squaredDifference(x, mean), axes);
  const y = normalise(x, scale, offset, mean, variance, epsilon);
  return [activation ? tf.relu(y) : y, mean, variance];
}

/** Ioffe and Szegedy 2015, §3, with the sums over the batch gathered per channel. */
function backward(
  dy: tf.Tensor,
  x: tf.Tensor,
  scale: tf.Tensor,
  mean: tf.Tensor,
  variance: tf.Tensor,
  epsilon: number,
): tf.Tensor[] {
  const axes = allButLast(x);
  const count = x.size / scale.size;
  const inverse = tf.rsqrt(tf.add(variance, epsilon));
  const normalised = tf.mul(tf.sub(x, mean), inverse);
  const dScale = tf.sum(tf.mul(dy, normalised), axes);
  const dOffset = tf.sum(dy, axes);
  const common = tf.add(tf.mul(normalised, tf.div(dScale, count)), tf.div(dOffset, count));
  return [tf.mul(tf.sub(dy, common), tf.mul(scale, inverse)), dScale, dOffset];
}

function normalise(
  x: tf.Tensor,
  scale: tf.Tensor,
  offset: tf.Tensor,
  mean: tf.Tensor,
  variance: tf.Tensor,
  epsilon: number,
): tf.Tensor {
  const channels = scale.size;
  const flat = tf.reshape(x, [-1, 1, 1, channels]) as tf.Tensor4D;
  const y = tf.batchNorm4d(
    flat,
    mean as tf.Tensor1D,
    variance as tf.Tensor1D,
    offset as tf.Tensor1D,
    scale as tf.Tensor1D,
    epsilon,
  );
  return tf.reshape(y, x.shape);
}

function allButLast(x: tf.Tensor): number[] {
  return Array.from({ length: x.rank - 1 }, (_, axis) => axis);
}

/** Hands a kept tensor to the scope that runs now. */
function release<T extends tf.Tensor>(tensor: T): T {
  const handed = tf.clone(tensor);
  tensor.dispose();
  return handed;
}
