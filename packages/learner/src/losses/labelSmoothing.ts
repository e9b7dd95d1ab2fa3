import { registered } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { ClassLoss, type ClassLossOptions, negLogLikelihood } from './classLoss.js';
import { reduceLoss } from './loss.js';

/** Settings of {@link LabelSmoothingCrossEntropyFlat}. `weight` applies to the part that is not smoothed. */
export interface LabelSmoothingFlatOptions extends ClassLossOptions {
  /** Probability that is spread evenly over all classes (default 0.1). */
  eps?: number;
}

/** Settings of {@link LabelSmoothingCrossEntropy}. */
export type LabelSmoothingOptions = Omit<LabelSmoothingFlatOptions, 'axis'>;

/**
 * Cross entropy with label smoothing: with N classes the target class has probability `1 − eps + eps / N`, and each other
 * class `eps / N`.
 *
 * It prevents a model from producing ever larger logits for labels that may be wrong, which improves generalization,
 * especially in long trainings. Predictions are `[..., classes]`, before softmax; targets are class indices `[...]`; all
 * axes except the class axis are flattened into one.
 *
 * Source: Szegedy et al. 2016, §7; fastai `losses.py`, `LabelSmoothingCrossEntropyFlat`.
 *
 * @throws ShapeError when the numbers of targets and predictions, or of weights and classes, differ.
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
 * {@link LabelSmoothingCrossEntropyFlat} with the classes on the last axis, as in classification: `[n, classes]`.
 *
 * Source: fastai `losses.py`, `LabelSmoothingCrossEntropy`.
 */
@registered('LabelSmoothingCrossEntropy')
export class LabelSmoothingCrossEntropy extends LabelSmoothingCrossEntropyFlat {
  constructor(options: LabelSmoothingOptions = {}) {
    super(options);
  }
}
