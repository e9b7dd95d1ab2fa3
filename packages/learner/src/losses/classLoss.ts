import { checkInteger, oneHot, ShapeError, withoutGradient } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { checkWeights, type Loss, type Reduction } from './loss.js';

/** Common options of losses with class indices as targets. */
export interface ClassLossOptions {
  /** The predictions' class axis (default: the last). */
  axis?: number;
  /** One weight per class. */
  weight?: readonly number[];
  /** Items with this class index are ignored: they count neither in a sum nor in a mean (default −100). */
  ignoreIndex?: number;
  /** Default `'mean'`. */
  reduction?: Reduction;
}

/**
 * A loss of predictions `[..., classes]`, before softmax, and class indices `[...]`: all axes except the class axis are
 * flattened into one.
 *
 * In segmentation, for instance, predictions are `[n, height, width, classes]` and targets masks `[n, height,
 * width]`. If all items of a batch are ignored, the mean is 0, with a gradient of 0.
 *
 * @throws ShapeError when the numbers of targets and predictions, or of weights and classes, differ.
 */
export abstract class ClassLoss implements Loss {
  readonly yInt = true;
  readonly axis: number;
  readonly weight: readonly number[] | undefined;
  readonly ignoreIndex: number;
  reduction: Reduction;

  constructor({ axis = -1, weight, ignoreIndex = -100, reduction = 'mean' }: ClassLossOptions) {
    checkInteger('axis', axis);
    checkInteger('ignoreIndex', ignoreIndex);
    if (weight) checkWeights('weight', weight);
    this.axis = axis;
    this.weight = weight;
    this.ignoreIndex = ignoreIndex;
    this.reduction = reduction;
  }

  /** The loss: a scalar, or `[items]` when `reduction` is `'none'`. */
  forward(pred: tf.Tensor, target: tf.Tensor): tf.Tensor {
    return tf.tidy(() => {
      const scores = axisToLast(pred, this.axis);
      return this.ofItems(
        tf.reshape<tf.Rank.R2>(scores, [-1, scores.shape.at(-1)!]),
        tf.reshape<tf.Rank.R1>(target, [-1]),
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
  /** One weight per class. */
  weight?: readonly number[];
  /** Items with this class index are ignored. */
  ignoreIndex: number;
}

/** Result of {@link negLogLikelihood}. */
export interface Likelihood {
  /** The loss of each item, `[n]`, weighted; 0 if the item is ignored. */
  losses: tf.Tensor1D;
  /** The weight of each item, `[n]`: that of its class, and 0 if it is ignored. */
  weights: tf.Tensor1D;
}

/**
 * The negative log-likelihood of each item's class.
 *
 * Source: PyTorch `nn.functional.nll_loss`.
 *
 * @param logProbs Log probabilities, `[n, classes]`.
 * @param targets Class indices, `[n]`.
 */
export function negLogLikelihood(
  logProbs: tf.Tensor2D,
  targets: tf.Tensor1D,
  { weight, ignoreIndex }: LikelihoodOptions,
): Likelihood {
  const chosen = chosenClasses(targets, logProbs.shape, { weight, ignoreIndex });
  return {
    losses: tf.neg(tf.sum<tf.Tensor1D>(tf.mul(chosen, logProbs), 1)),
    weights: tf.sum<tf.Tensor1D>(chosen, 1),
  };
}

/**
 * The weight of each item's class at that class, 0 at the others, and 0 at all if the item is ignored: `[n, classes]`.
 *
 * @param targets Class indices, `[n]`.
 * @throws ShapeError when the numbers of targets and predictions, or of weights and classes, differ.
 */
export function chosenClasses(
  targets: tf.Tensor1D,
  [n, classes]: readonly [n: number, classes: number],
  { weight, ignoreIndex }: LikelihoodOptions,
): tf.Tensor {
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
  let chosen = oneHot(numbers, classes);
  if (weight) chosen = tf.mul(chosen, tf.tensor1d([...weight]));
  // An index that is not a class selects nothing.
  if (ignoreIndex >= 0 && ignoreIndex < classes) {
    chosen = tf.mul(chosen, tf.expandDims(tf.cast(tf.notEqual(numbers, ignoreIndex), 'float32'), 1));
  }
  return chosen;
}

/**
 * Reduces weighted losses of items: the mean is `Σ losses / Σ weights`, or 0 if all weights are 0.
 *
 * @param losses The items' losses, already weighted.
 */
export function reduceWeighted(losses: tf.Tensor, weights: tf.Tensor, reduction: Reduction): tf.Tensor {
  if (reduction === 'none') return losses;
  const total = tf.sum(losses);
  return reduction === 'sum' ? total : divideOrZero(total, tf.sum(weights));
}

/** `a / b`, or 0, with a gradient of 0, if `b` is 0. */
export function divideOrZero(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  const isZero = withoutGradient(() => tf.cast(tf.equal(b, 0), 'float32'));
  return tf.div(tf.mul(a, tf.sub(1, isZero)), tf.add(b, isZero));
}

/** Softmax over an axis, counted from the end if negative. */
export function softmaxOver(pred: tf.Tensor, axis: number): tf.Tensor {
  return alongAxis(pred, axis, (scores) => tf.softmax(scores));
}

/** Applies a function of the last axis to an axis, counted from the end if negative. */
export function alongAxis(
  pred: tf.Tensor,
  axis: number,
  compute: (scores: tf.Tensor) => tf.Tensor,
): tf.Tensor {
  return tf.tidy(() => lastToAxis(compute(axisToLast(pred, axis)), axis));
}

/** Argmax over an axis, counted from the end if negative. */
export function argMaxOver(pred: tf.Tensor, axis: number): tf.Tensor {
  return tf.argMax(pred, axisOf(axis, pred.rank));
}

/**
 * The index of an axis, which is counted from the end if negative.
 *
 * @throws ShapeError when the tensor has no such axis.
 */
export function axisOf(axis: number, rank: number): number {
  const place = axis < 0 ? rank + axis : axis;
  if (!Number.isInteger(axis) || place < 0 || place >= rank) {
    throw new ShapeError(
      `The class axis is ${axis}, but the predictions have ${rank} axes: set axis to an integer from ${-rank} to ${rank - 1}.`,
    );
  }
  return place;
}

/** Moves an axis to the end; the others keep their order, which is that of the targets. */
function axisToLast(tensor: tf.Tensor, axis: number): tf.Tensor {
  const place = axisOf(axis, tensor.rank);
  if (place === tensor.rank - 1) return tensor;
  const others = tensor.shape.map((_, i) => i).filter((i) => i !== place);
  return tf.transpose(tensor, [...others, place]);
}

/** Moves the last axis to a place; the others keep their order. */
export function lastToAxis(tensor: tf.Tensor, axis: number): tf.Tensor {
  const [place, last] = [axisOf(axis, tensor.rank), tensor.rank - 1];
  if (place === last) return tensor;
  const order = tensor.shape.map((_, i) => i).slice(0, last);
  order.splice(place, 0, last);
  return tf.transpose(tensor, order);
}
