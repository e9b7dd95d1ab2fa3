import { checkNumber, registered } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { ClassLoss, type ClassLossOptions, negLogLikelihood, reduceWeighted } from './classLoss.js';

/** Settings of {@link FocalLossFlat}. `weight` is the paper's alpha, one per class. */
export interface FocalFlatOptions extends ClassLossOptions {
  /** How strongly easy items are down-weighted: 0 is cross entropy (default 2). */
  gamma?: number;
}

/** Settings of {@link FocalLoss}. */
export type FocalOptions = Omit<FocalFlatOptions, 'axis'>;

/**
 * Cross entropy that down-weights easy items: with p the probability of an item's target class, the loss is
 * `−(1 − p)^gamma · log p`.
 *
 * For data in which one class dominates, such as the background of a detector or a mask. Predictions are `[..., classes]`,
 * before softmax; targets are class indices `[...]`; all axes except the class axis are flattened into one. As in fastai,
 * `p` is derived from the cross entropy with `weight`, and the mean is not weighted.
 *
 * Source: Lin et al. 2018, https://arxiv.org/abs/1708.02002; fastai `losses.py`, `FocalLossFlat`.
 *
 * @throws ShapeError when the numbers of targets and predictions, or of weights and classes, differ.
 */
@registered('FocalLossFlat')
export class FocalLossFlat extends ClassLoss {
  readonly gamma: number;

  constructor({ gamma = 2, ...options }: FocalFlatOptions = {}) {
    super(options);
    checkNumber('gamma', gamma, { min: 0 });
    this.gamma = gamma;
  }

  protected override ofItems(scores: tf.Tensor2D, numbers: tf.Tensor1D): tf.Tensor {
    const { losses } = negLogLikelihood(tf.logSoftmax(scores), numbers, this);
    // The derivative of a power with an exponent below 1 is infinite at 0.
    const difficulty = tf.pow(tf.maximum(tf.sub(1, tf.exp(tf.neg(losses))), SMALLEST), this.gamma);
    const counts = tf.cast(tf.notEqual(numbers, this.ignoreIndex), 'float32');
    return reduceWeighted(tf.mul(difficulty, losses), counts, this.reduction);
  }
}

const SMALLEST = 1e-12;

/**
 * {@link FocalLossFlat} with the classes on the last axis, as in classification: `[n, classes]`.
 *
 * Source: fastai `losses.py`, `FocalLoss`.
 */
@registered('FocalLoss')
export class FocalLoss extends FocalLossFlat {
  constructor(options: FocalOptions = {}) {
    super(options);
  }
}
