import { registered } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { ClassLoss, type ClassLossOptions } from './classLoss.js';
import { reduceLoss } from './loss.js';
import { negLogLikelihood } from './negLogLikelihood.js';

/** Settings of {@link FocalLossFlat}. `weight` is the paper's alpha, one for each class. */
export interface FocalFlatOptions extends ClassLossOptions {
  /** How much easy items count for less: 0 is cross entropy (default 2). */
  gamma?: number;
}

/** Settings of {@link FocalLoss}. */
export type FocalOptions = Omit<FocalFlatOptions, 'axis'>;

/**
 * Cross entropy in which items that are easy already count little: with p the probability of an item's own class, its
 * loss is `−(1 − p)^gamma · log p`.
 *
 * It serves where one class has most of the items, as the background of a detector or a mask does. Predictions are
 * `[..., classes]`, before softmax; targets class numbers `[...]`; all axes but that of the classes are flattened to one.
 * As in fastai, `p` is what cross entropy with `weight` makes of it, and the mean is a plain one.
 *
 * Source: Lin et al. 2018, https://arxiv.org/abs/1708.02002; fastai `losses.py`, `FocalLossFlat`.
 *
 * @throws ShapeError when there are not as many targets as predictions, or not as many weights as classes
 */
@registered('FocalLossFlat')
export class FocalLossFlat extends ClassLoss {
  readonly gamma: number;

  constructor({ gamma = 2, ...options }: FocalFlatOptions = {}) {
    super(options);
    this.gamma = gamma;
  }

  protected override ofItems(scores: tf.Tensor2D, numbers: tf.Tensor1D): tf.Tensor {
    const losses = negLogLikelihood(tf.logSoftmax(scores), numbers, {
      weight: this.weight,
      reduction: 'none',
    });
    const difficulty = tf.pow(tf.sub(1, tf.exp(tf.neg(losses))), this.gamma);
    return reduceLoss(tf.mul(difficulty, losses), this.reduction);
  }
}

/**
 * {@link FocalLossFlat} of predictions that have the classes on their last axis, as in classification: `[n, classes]`.
 *
 * Source: fastai `losses.py`, `FocalLoss`.
 */
@registered('FocalLoss')
export class FocalLoss extends FocalLossFlat {
  constructor(options: FocalOptions = {}) {
    super(options);
  }
}
