import { ShapeError } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Loss, Reduction } from './loss.js';

/** Common options of losses with class indices as targets. */
export interface ClassLossOptions {
  /** The predictions' class axis (default: the last). */
  axis?: number;
  /** One weight per class. */
  weight?: readonly number[];
  /** Default `'mean'`. */
  reduction?: Reduction;
}

/**
 * A loss of predictions `[..., classes]`, before softmax, and class indices `[...]`: all axes except the class axis are
 * flattened into one.
 *
 * In segmentation, for instance, predictions are `[n, height, width, classes]` and targets masks `[n, height, width]`.
 *
 * @throws ShapeError when the numbers of targets and predictions, or of weights and classes, differ.
 */
export abstract class ClassLoss implements Loss {
  readonly yInt = true;
  readonly axis: number;
  readonly weight: readonly number[] | undefined;
  /** Items with this class index are ignored. */
  readonly ignoreIndex: number = -100;
  reduction: Reduction;

  constructor({ axis = -1, weight, reduction = 'mean' }: ClassLossOptions) {
    this.axis = axis;
    this.weight = weight;
    this.reduction = reduction;
  }

  /** The loss: a scalar, or `[items]` when `reduction` is `'none'`. */
  forward(pred: tf.Tensor, target: tf.Tensor): tf.Tensor {
    return tf.tidy(() => {
      const scores = swapWithLast(pred, this.axis);
      // The targets' axes must be permuted like the predictions' other axes.
      const numbers = target.rank > 1 ? swapWithLast(target, this.axis) : target;
      return this.ofItems(
        tf.reshape<tf.Rank.R2>(scores, [-1, scores.shape.at(-1)!]),
        tf.reshape<tf.Rank.R1>(numbers, [-1]),
      );
    });
  }

  /** Probabilities: softmax over the classes. */
  activation(pred: tf.Tensor): tf.Tensor {
    return softmaxOver(pred, this.axis);
  }

  /** The index of the most probable class. */
  decodes(pred: tf.Tensor): tf.Tensor {
    return argMaxOver(pred, this.axis);
  }

  /** The reduced loss of logits `[items, classes]` and class indices `[items]`. */
  protected abstract ofItems(scores: tf.Tensor2D, numbers: tf.Tensor1D): tf.Tensor;
}

/** Options of {@link negLogLikelihood}. */
export interface LikelihoodOptions {
  /** One weight per class; the mean is then weighted. */
  weight?: readonly number[];
  /** Items with this class index are ignored (default −100). */
  ignoreIndex?: number;
  reduction: Reduction;
}

/**
 * The negative log-likelihood of each item's class, reduced.
 *
 * Source: PyTorch `nn.functional.nll_loss`.
 *
 * @param logProbs Log probabilities, `[n, classes]`.
 * @param targets Class indices, `[n]`.
 * @returns A scalar, or `[n]` when `reduction` is `'none'`.
 */
export function negLogLikelihood(
  logProbs: tf.Tensor2D,
  targets: tf.Tensor1D,
  { weight, ignoreIndex = -100, reduction }: LikelihoodOptions,
): tf.Tensor {
  const [n, classes] = logProbs.shape;
  if (targets.shape[0] !== n) {
    throw new ShapeError(
      `The loss has ${n} predictions but ${targets.shape[0]} targets: it needs one target per prediction.`,
    );
  }
  if (weight && weight.length !== classes) {
    throw new ShapeError(
      `The loss's weight must have one number per class (${classes}), got ${weight.length}.`,
    );
  }
  const numbers = tf.cast(targets, 'int32');
  let chosen: tf.Tensor = tf.oneHot(numbers, classes, 1, 0, 'float32');
  if (weight) chosen = tf.mul(chosen, tf.tensor1d([...weight]));
  // A negative index selects nothing in any case.
  if (ignoreIndex >= 0) {
    chosen = tf.mul(chosen, tf.expandDims(tf.cast(tf.notEqual(numbers, ignoreIndex), 'float32'), 1));
  }
  const losses = tf.neg(tf.sum(tf.mul(chosen, logProbs), 1));
  if (reduction === 'none') return losses;
  return reduction === 'sum' ? tf.sum(losses) : tf.div(tf.sum(losses), tf.sum(chosen));
}

/** Softmax over an axis, counted from the end if negative. */
export function softmaxOver(pred: tf.Tensor, axis: number): tf.Tensor {
  return tf.tidy(() => swapWithLast(tf.softmax(swapWithLast(pred, axis)), axis));
}

/** Argmax over an axis, counted from the end if negative. */
export function argMaxOver(pred: tf.Tensor, axis: number): tf.Tensor {
  return tf.argMax(pred, axis < 0 ? pred.rank + axis : axis);
}

/** The tensor with an axis and the last one swapped. */
function swapWithLast(tensor: tf.Tensor, axis: number): tf.Tensor {
  const last = tensor.rank - 1;
  const swapped = axis < 0 ? tensor.rank + axis : axis;
  if (swapped === last) return tensor;
  const order = tensor.shape.map((_, i) => (i === swapped ? last : i === last ? swapped : i));
  return tf.transpose(tensor, order);
}
