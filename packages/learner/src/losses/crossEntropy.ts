import * as tf from '@tensorflow/tfjs';
import { classLikelihood } from './classLikelihood.js';
import type { Loss, Reduction } from './loss.js';

/** Settings of {@link CrossEntropyLossFlat}. */
export interface CrossEntropyOptions {
  /** Which axis of the predictions has the classes (default the last). */
  axis?: number;
  /** A factor for each class's items; the mean is then a weighted one. */
  weight?: readonly number[];
  /** Items of this class number count nothing (default −100). */
  ignoreIndex?: number;
  /** Default `'mean'`. */
  reduction?: Reduction;
}

/**
 * Cross entropy of predictions `[..., classes]`, before softmax, against class numbers `[...]`: all axes but that of the
 * classes are flattened to one.
 *
 * Source: fastai `losses.py`, `CrossEntropyLossFlat`; PyTorch `nn.CrossEntropyLoss`.
 *
 * @throws ShapeError when there are not as many targets as predictions, or not as many weights as classes
 * @example
 * const loss = new CrossEntropyLossFlat({ weight: [1, 3] });
 */
export class CrossEntropyLossFlat implements Loss {
  readonly yInt = true;
  readonly axis: number;
  readonly weight: readonly number[] | undefined;
  readonly ignoreIndex: number;
  reduction: Reduction;

  constructor({ axis = -1, weight, ignoreIndex = -100, reduction = 'mean' }: CrossEntropyOptions = {}) {
    this.axis = axis;
    this.weight = weight;
    this.ignoreIndex = ignoreIndex;
    this.reduction = reduction;
  }

  /** The loss: a scalar, or `[items]` when `reduction` is `'none'`. */
  forward(pred: tf.Tensor, target: tf.Tensor): tf.Tensor {
    return tf.tidy(() => {
      const scores = swapWithLast(pred, this.axis);
      // What comes of the predictions' other axes must come of the target's too.
      const numbers = target.rank > 1 ? swapWithLast(target, this.axis) : target;
      const flat = scores.reshape<tf.Tensor2D>([-1, scores.shape.at(-1)!]);
      const { weights, logLikelihood } = classLikelihood(
        tf.logSoftmax(flat),
        numbers.reshape<tf.Tensor1D>([-1]),
        this,
      );
      if (this.reduction === 'none') return tf.neg(logLikelihood);
      const total = tf.neg(tf.sum(logLikelihood));
      return this.reduction === 'sum' ? total : tf.div(total, tf.sum(weights));
    });
  }

  /** Probabilities: softmax over the classes. */
  activation(pred: tf.Tensor): tf.Tensor {
    return tf.tidy(() => swapWithLast(tf.softmax(swapWithLast(pred, this.axis)), this.axis));
  }

  /** The number of the most probable class. */
  decodes(pred: tf.Tensor): tf.Tensor {
    return tf.argMax(pred, this.axis < 0 ? pred.rank + this.axis : this.axis);
  }
}

/** With the given axis and the last one swapped; swapping again undoes it. */
function swapWithLast(tensor: tf.Tensor, axis: number): tf.Tensor {
  const last = tensor.rank - 1;
  const swapped = axis < 0 ? tensor.rank + axis : axis;
  if (swapped === last) return tensor;
  const order = tensor.shape.map((_, i) => (i === swapped ? last : i === last ? swapped : i));
  return tf.transpose(tensor, order);
}
