import * as tf from '@tensorflow/tfjs-core';
import type { Loss, Reduction } from './loss.js';

/** What losses against class numbers have in common. */
export interface ClassLossOptions {
  /** Which axis of the predictions has the classes (default the last). */
  axis?: number;
  /** A factor for each class. */
  weight?: readonly number[];
  /** Default `'mean'`. */
  reduction?: Reduction;
}

/**
 * A loss of predictions `[..., classes]`, before softmax, against class numbers `[...]`: all axes but that of the classes
 * are flattened to one.
 *
 * In segmentation, for instance, predictions are `[n, height, width, classes]` and targets masks `[n, height, width]`.
 *
 * @throws ShapeError when there are not as many targets as predictions, or not as many weights as classes
 */
export abstract class ClassLoss implements Loss {
  readonly yInt = true;
  readonly axis: number;
  readonly weight: readonly number[] | undefined;
  /** Items of this class number count nothing. */
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
      // What comes of the predictions' other axes must come of the target's too.
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

  /** The number of the most probable class. */
  decodes(pred: tf.Tensor): tf.Tensor {
    return argMaxOver(pred, this.axis);
  }

  /** The loss of scores `[items, classes]` against class numbers `[items]`, reduced. */
  protected abstract ofItems(scores: tf.Tensor2D, numbers: tf.Tensor1D): tf.Tensor;
}

/** Softmax over the given axis, which may count from the end. */
export function softmaxOver(pred: tf.Tensor, axis: number): tf.Tensor {
  return tf.tidy(() => swapWithLast(tf.softmax(swapWithLast(pred, axis)), axis));
}

/** The number of the highest score along the given axis, which may count from the end. */
export function argMaxOver(pred: tf.Tensor, axis: number): tf.Tensor {
  return tf.argMax(pred, axis < 0 ? pred.rank + axis : axis);
}

/** With the given axis and the last one swapped; swapping again undoes it. */
function swapWithLast(tensor: tf.Tensor, axis: number): tf.Tensor {
  const last = tensor.rank - 1;
  const swapped = axis < 0 ? tensor.rank + axis : axis;
  if (swapped === last) return tensor;
  const order = tensor.shape.map((_, i) => (i === swapped ? last : i === last ? swapped : i));
  return tf.transpose(tensor, order);
}
