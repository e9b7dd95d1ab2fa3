import { registered } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { ClassLoss, type ClassLossOptions } from './classLoss.js';
import { reduceLoss } from './loss.js';
import { negLogLikelihood } from './negLogLikelihood.js';

/** Settings of {@link LabelSmoothingCrossEntropyFlat}. `weight` acts on the part that is not spread. */
export interface LabelSmoothingFlatOptions extends ClassLossOptions {
  /** How much of a target is spread evenly over all classes (default 0.1). */
  eps?: number;
}

/** Settings of {@link LabelSmoothingCrossEntropy}. */
export type LabelSmoothingOptions = Omit<LabelSmoothingFlatOptions, 'axis'>;

/**
 * Cross entropy against targets that are not quite sure: with N classes the target's own gets `1 − eps + eps / N`, each
 * other `eps / N`.
 *
 * It keeps a model from ever larger scores for labels that may be wrong, so that its probabilities generalise better; it
 * pays off in long trainings. Predictions are `[..., classes]`, before softmax; targets class numbers `[...]`; all axes
 * but that of the classes are flattened to one.
 *
 * Source: Szegedy et al. 2016, §7; fastai `losses.py`, `LabelSmoothingCrossEntropyFlat`.
 *
 * @throws ShapeError when there are not as many targets as predictions, or not as many weights as classes
 */
@registered('LabelSmoothingCrossEntropyFlat')
export class LabelSmoothingCrossEntropyFlat extends ClassLoss {
  readonly eps: number;

  constructor({ eps = 0.1, ...options }: LabelSmoothingFlatOptions = {}) {
    super(options);
    this.eps = eps;
  }

  protected override ofItems(scores: tf.Tensor2D, numbers: tf.Tensor1D): tf.Tensor {
    const { weight, reduction } = this;
    const logProbs = tf.logSoftmax(scores);
    const spread = reduceLoss(tf.neg(tf.sum(logProbs, -1)), reduction);
    const own = negLogLikelihood(logProbs, numbers, { weight, reduction });
    return tf.add(tf.mul(spread, this.eps / scores.shape[1]), tf.mul(own, 1 - this.eps));
  }
}

/**
 * {@link LabelSmoothingCrossEntropyFlat} of predictions that have the classes on their last axis, as in classification:
 * `[n, classes]`.
 *
 * Source: fastai `losses.py`, `LabelSmoothingCrossEntropy`.
 */
@registered('LabelSmoothingCrossEntropy')
export class LabelSmoothingCrossEntropy extends LabelSmoothingCrossEntropyFlat {
  constructor(options: LabelSmoothingOptions = {}) {
    super(options);
  }
}
