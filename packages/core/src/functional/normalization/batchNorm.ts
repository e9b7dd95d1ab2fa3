import * as tf from '@tensorflow/tfjs-core';
import { ShapeError } from '../../errors.js';
import { reluGradFromOutput } from '../activations/relu.js';
import { hasKernel, runKernel } from '../engineKernel.js';

/** The activation applied to a norm's output: `max(·, 0)`, or none. */
export type NormActivation = 'relu' | null;

/** The mean and the biased variance of each channel, `[channels]` each. */
export interface Moments {
  mean: tf.Tensor1D;
  variance: tf.Tensor1D;
}

/** Options of {@link batchNormTrain}. */
export interface BatchNormTrainOptions<T extends tf.Tensor = tf.Tensor> {
  /** Added to the variance (default 1e-5). */
  epsilon?: number;
  /** Added after normalization; of the input's shape (default none). */
  addend?: T;
  /** Applied last (default none). */
  activation?: NormActivation;
  /** The input's moments, where they are known (default: computed). They still belong to the caller. */
  moments?: Moments;
}

/** Result of {@link batchNormTrain}; no gradient flows through the moments. */
export interface BatchNormResult<T extends tf.Tensor = tf.Tensor> extends Moments {
  /** `activation(normalized input + addend)`, of the input's shape. */
  y: T;
}

/**
 * Batch normalization by the statistics of the batch:
 * `y = activation((x − mean) / √(variance + epsilon) · scale + offset + addend)`, over all axes but the last, fused
 * into one pass where the engine can.
 *
 * Source: Ioffe and Szegedy 2015, algorithm 1.
 *
 * @param x `[…, channels]`
 * @param scale `[channels]`
 * @param offset `[channels]`
 * @throws ShapeError when the addend's shape is not that of `x`.
 */
export function batchNormTrain<T extends tf.Tensor>(
  x: T,
  scale: tf.Tensor,
  offset: tf.Tensor,
  { epsilon = 1e-5, addend, activation = null, moments }: BatchNormTrainOptions<T> = {},
): BatchNormResult<T> {
  if (addend) checkAddend(x, addend);
  let computed: tf.Tensor[] = [];
  const settings = { epsilon, activation };
  const inputs = addend ? [x, scale, offset, addend] : [x, scale, offset];
  const y = tf.customGrad((...args) => {
    const save = args.pop() as tf.GradSaveFunc;
    const [input, gain, shift, added] = args as tf.Tensor[];
    const [normalized, mean, variance] = forward(input!, gain!, shift!, added, moments, settings);
    const fused = hasKernel('BatchNormTrainGrad');
    // Without an addend the gradient kernel recomputes the activation; with one, the output is kept by later ops anyway.
    const last = fused && !added ? shift! : normalized!;
    save([input!, gain!, mean!, variance!, ...(activation ? [last] : [])]);
    // tf.customGrad returns one value only and disposes of everything else made inside it.
    if (!moments) computed = [tf.keep(mean!), tf.keep(variance!)];
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      if (fused) return backwardByKernel(dy, saved, added !== undefined, settings);
      return tf.tidy(() => backward(dy, saved, added !== undefined, epsilon));
    };
    return { value: normalized!, gradFunc };
  })(...inputs) as T;
  if (moments) return { y, ...moments };
  const [mean, variance] = computed.map(release) as [tf.Tensor1D, tf.Tensor1D];
  return { y, mean, variance };
}

/** @throws ShapeError when the addend's shape is not `shape`. */
export function checkAddend({ shape }: { shape: number[] }, addend: tf.Tensor): void {
  if (tf.util.arraysEqual(shape, addend.shape)) return;
  throw new ShapeError(`The addend must be of shape [${shape}], got [${addend.shape}].`);
}

/**
 * Batch normalization by given statistics, as in evaluation; differentiable in `x`, `scale` and `offset`.
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
      value: normalize(input as tf.Tensor, gain as tf.Tensor, shift as tf.Tensor, mean, variance, epsilon),
      gradFunc: (dy: tf.Tensor, [input, gain, mean, variance]: tf.Tensor[]) =>
        tf.tidy(() => {
          const axes = allButLast(dy);
          const inverse = tf.rsqrt(tf.add(variance!, epsilon));
          const normalized = tf.mul(tf.sub(input!, mean!), inverse);
          return [tf.mul(dy, tf.mul(gain!, inverse)), tf.sum(tf.mul(dy, normalized), axes), tf.sum(dy, axes)];
        }),
    };
  })(x, scale, offset) as T;
}

interface Settings {
  epsilon: number;
  activation: NormActivation;
}

/** The output, and the moments whether given or computed. */
function forward(
  x: tf.Tensor,
  scale: tf.Tensor,
  offset: tf.Tensor,
  addend: tf.Tensor | undefined,
  moments: Moments | undefined,
  settings: Settings,
): tf.Tensor[] {
  if (hasKernel('BatchNormTrain')) {
    const inputs = { x, scale, offset, ...(addend && { addend }), ...moments };
    const [y, mean, variance] = runKernel<tf.Tensor[]>('BatchNormTrain', inputs, settings);
    return [y!, moments?.mean ?? mean!, moments?.variance ?? variance!];
  }
  const axes = allButLast(x);
  const mean = moments?.mean ?? tf.mean(x, axes);
  const variance = moments?.variance ?? tf.mean(tf.squaredDifference(x, mean), axes);
  const normalized = normalize(x, scale, offset, mean, variance, settings.epsilon);
  const y = addend ? tf.add(normalized, addend) : normalized;
  return [settings.activation ? tf.relu(y) : y, mean, variance];
}

function backwardByKernel(
  dy: tf.Tensor,
  [x, scale, mean, variance, last]: tf.Tensor[],
  hasAddend: boolean,
  settings: Settings,
): tf.Tensor[] {
  const inputs: Record<string, tf.Tensor> = { dy, x: x!, scale: scale!, mean: mean!, variance: variance! };
  if (last) inputs[hasAddend ? 'y' : 'offset'] = last;
  const gradients = runKernel<tf.Tensor[]>('BatchNormTrainGrad', inputs, settings);
  // Without an activation the addend's gradient is the output's.
  return hasAddend && !last ? [...gradients, tf.clone(dy)] : gradients;
}

/** Ioffe and Szegedy 2015, §3, with the sums over the batch accumulated per channel. */
function backward(
  dy: tf.Tensor,
  [x, scale, mean, variance, output]: tf.Tensor[],
  hasAddend: boolean,
  epsilon: number,
): tf.Tensor[] {
  const passed = output ? reluGradFromOutput(dy, output) : dy;
  const axes = allButLast(x!);
  const count = x!.size / scale!.size;
  const inverse = tf.rsqrt(tf.add(variance!, epsilon));
  const normalized = tf.mul(tf.sub(x!, mean!), inverse);
  const dScale = tf.sum(tf.mul(passed, normalized), axes);
  const dOffset = tf.sum(passed, axes);
  const common = tf.add(tf.mul(normalized, tf.div(dScale, count)), tf.div(dOffset, count));
  const dx = tf.mul(tf.sub(passed, common), tf.mul(scale!, inverse));
  return [dx, dScale, dOffset, ...(hasAddend ? [tf.clone(passed)] : [])];
}

function normalize(
  x: tf.Tensor,
  scale: tf.Tensor,
  offset: tf.Tensor,
  mean: tf.Tensor,
  variance: tf.Tensor,
  epsilon: number,
): tf.Tensor {
  const channels = scale.size;
  const flat = tf.reshape<tf.Rank.R4>(x, [-1, 1, 1, channels]);
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

/** Moves a kept tensor into the current scope. */
function release<T extends tf.Tensor>(tensor: T): T {
  const handed = tf.clone(tensor);
  tensor.dispose();
  return handed;
}
