import { registered } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { classFactors, ElementwiseLoss } from './elementwiseLoss.js';
import type { Loss, Reduction } from './loss.js';

/** Settings of {@link BCELossFlat}. */
export interface BCELossOptions {
  /** A factor for each class, the last axis of predictions, or one for all. */
  weight?: number | readonly number[];
  /** Default `'mean'`. */
  reduction?: Reduction;
}

/** Settings of {@link BCEWithLogitsLossFlat}. */
export interface BCEWithLogitsOptions extends BCELossOptions {
  /** A factor for each class's items that have it, or one for all: above 1 finds more of them, below 1 errs less often. */
  posWeight?: number | readonly number[];
  /** From which probability on an item is said to have a class (default 0.5). */
  thresh?: number;
}

/**
 * Binary cross entropy of each class by itself: items may have several, or none. The usual loss for a
 * `MultiCategoryBlock`.
 *
 * Predictions are `[n, classes]`, before the sigmoid; targets 0 or 1 of the same shape.
 *
 * Source: fastai `losses.py`, `BCEWithLogitsLossFlat`; PyTorch `nn.BCEWithLogitsLoss`.
 *
 * @throws ShapeError when there are not as many targets as predictions, or not as many weights as classes
 */
@registered('BCEWithLogitsLossFlat')
export class BCEWithLogitsLossFlat extends ElementwiseLoss implements Loss {
  readonly thresh: number;
  readonly weight: number | readonly number[] | undefined;
  readonly posWeight: number | readonly number[] | undefined;

  constructor({ thresh = 0.5, weight, posWeight, reduction }: BCEWithLogitsOptions = {}) {
    super(reduction);
    this.thresh = thresh;
    this.weight = weight;
    this.posWeight = posWeight;
  }

  /** Probabilities: the sigmoid of each. */
  activation(pred: tf.Tensor): tf.Tensor {
    return tf.sigmoid(pred);
  }

  /** Which classes an item has: those more probable than `thresh`. */
  decodes(pred: tf.Tensor): tf.Tensor {
    return tf.greater(pred, this.thresh);
  }

  protected override ofElements(pred: tf.Tensor, target: tf.Tensor): tf.Tensor {
    const has =
      this.posWeight !== undefined ? tf.mul(target, classFactors(this.posWeight, pred, 'posWeight')) : target;
    const both = tf.add(tf.sub(1, target), has);
    // −has·log σ(x) − hasNot·log(1 − σ(x)), ordered so that neither large scores overflow nor small losses get lost.
    const small = tf.log1p(tf.exp(tf.neg(tf.abs(pred))));
    const losses = tf.add(tf.sub(tf.mul(both, tf.relu(pred)), tf.mul(has, pred)), tf.mul(both, small));
    return this.weight !== undefined ? tf.mul(losses, classFactors(this.weight, pred, 'weight')) : losses;
  }
}

/**
 * Binary cross entropy of predictions that are probabilities already, `[n, classes]`, against targets from 0 to 1 of the
 * same shape.
 *
 * Source: fastai `losses.py`, `BCELossFlat`; PyTorch `nn.BCELoss`, whose logarithms end at −100.
 *
 * @throws ShapeError when there are not as many targets as predictions, or not as many weights as classes
 */
@registered('BCELossFlat')
export class BCELossFlat extends ElementwiseLoss {
  readonly weight: number | readonly number[] | undefined;

  constructor({ weight, reduction }: BCELossOptions = {}) {
    super(reduction);
    this.weight = weight;
  }

  protected override ofElements(pred: tf.Tensor, target: tf.Tensor): tf.Tensor {
    const losses = probabilityLoss(pred, target);
    return this.weight !== undefined ? tf.mul(losses, classFactors(this.weight, pred, 'weight')) : losses;
  }
}

/** With a gradient of its own, since that of a logarithm that ends is none at 0 and 1. */
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
