import { checkNumber, registered } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { classFactors, ElementwiseLoss } from './elementwiseLoss.js';
import { checkWeights, type Loss, type Reduction } from './loss.js';

/** Settings of {@link BCELossFlat}. */
export interface BCELossOptions {
  /** One weight per class (the last axis of predictions), or one for all. */
  weight?: number | readonly number[];
  /** Default `'mean'`. */
  reduction?: Reduction;
}

/** Settings of {@link BCEWithLogitsLossFlat}. */
export interface BCEWithLogitsOptions extends BCELossOptions {
  /** One weight of positive items per class, or one for all: above 1 favors recall, below 1 precision. */
  posWeight?: number | readonly number[];
  /** Probability threshold for a class (default 0.5). */
  thresh?: number;
}

/**
 * Binary cross entropy, independently for each class: an item may have several classes or none. The default loss for a
 * `MultiCategoryBlock`.
 *
 * Predictions are `[n, classes]`, before the sigmoid; targets 0 or 1 of the same shape.
 *
 * Source: fastai `losses.py`, `BCEWithLogitsLossFlat`; PyTorch `nn.BCEWithLogitsLoss`.
 *
 * @throws ShapeError when the numbers of targets and predictions, or of weights and classes, differ.
 */
@registered('BCEWithLogitsLossFlat')
export class BCEWithLogitsLossFlat extends ElementwiseLoss implements Loss {
  readonly thresh: number;
  readonly weight: number | readonly number[] | undefined;
  readonly posWeight: number | readonly number[] | undefined;

  constructor({ thresh = 0.5, weight, posWeight, reduction }: BCEWithLogitsOptions = {}) {
    super(reduction);
    checkNumber('thresh', thresh);
    if (weight !== undefined) checkWeights('weight', weight);
    if (posWeight !== undefined) checkWeights('posWeight', posWeight);
    this.thresh = thresh;
    this.weight = weight;
    this.posWeight = posWeight;
  }

  /** Probabilities: the sigmoid of the predictions. */
  activation(pred: tf.Tensor): tf.Tensor {
    return tf.sigmoid(pred);
  }

  /** Whether an item has each class: those with a probability above `thresh`. */
  decodes(pred: tf.Tensor): tf.Tensor {
    return tf.greater(pred, this.thresh);
  }

  protected override ofElements(pred: tf.Tensor, target: tf.Tensor): tf.Tensor {
    const has =
      this.posWeight !== undefined ? tf.mul(target, classFactors(this.posWeight, pred, 'posWeight')) : target;
    const both = tf.add(tf.sub(1, target), has);
    // −has·log σ(x) − hasNot·log(1 − σ(x)), arranged to avoid overflow of large logits and underflow of small losses.
    const small = tf.log1p(tf.exp(tf.neg(tf.abs(pred))));
    const losses = tf.add(tf.sub(tf.mul(both, tf.relu(pred)), tf.mul(has, pred)), tf.mul(both, small));
    return this.weight !== undefined ? tf.mul(losses, classFactors(this.weight, pred, 'weight')) : losses;
  }
}

/**
 * Binary cross entropy of predictions that are already probabilities, `[n, classes]`, and targets from 0 to 1 of the same
 * shape.
 *
 * Source: fastai `losses.py`, `BCELossFlat`; PyTorch `nn.BCELoss`, whose logarithms are clamped at −100.
 *
 * @throws ShapeError when the numbers of targets and predictions, or of weights and classes, differ.
 */
@registered('BCELossFlat')
export class BCELossFlat extends ElementwiseLoss {
  readonly weight: number | readonly number[] | undefined;

  constructor({ weight, reduction }: BCELossOptions = {}) {
    super(reduction);
    if (weight !== undefined) checkWeights('weight', weight);
    this.weight = weight;
  }

  protected override ofElements(pred: tf.Tensor, target: tf.Tensor): tf.Tensor {
    const losses = probabilityLoss(pred, target);
    return this.weight !== undefined ? tf.mul(losses, classFactors(this.weight, pred, 'weight')) : losses;
  }
}

/** With a custom gradient, because that of a clamped logarithm is 0 at probabilities 0 and 1. */
const probabilityLoss = tf.customGrad((pred, target, save) => {
  const [p, t] = [pred as tf.Tensor, target as tf.Tensor];
  (save as tf.GradSaveFunc)([p, t]);
  const log = (probability: tf.Tensor) => tf.maximum(tf.log(probability), -100);
  const value = tf.neg(tf.add(tf.mul(t, log(p)), tf.mul(tf.sub(1, t), log(tf.sub(1, p)))));
  const gradFunc = (dy: tf.Tensor, [p, t]: tf.Tensor[]) => {
    const slope = tf.div(tf.sub(p!, t!), tf.maximum(tf.mul(p!, tf.sub(1, p!)), 1e-12));
    return [tf.mul(dy, slope), tf.zerosLike(t!)];
  };
  return { value, gradFunc };
});
