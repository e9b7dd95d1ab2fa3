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
