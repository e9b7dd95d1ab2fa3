import { checkNumber, registered } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { ClassLoss, type ClassLossOptions, negLogLikelihood, reduceWeighted } from './classLoss.js';

/** Settings of {@link LabelSmoothingCrossEntropyFlat}. With `weight`, the mean is weighted. */
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
 * With `weight`, the loss terms of all classes are weighted, as in PyTorch; fastai weights only that of the target class.
 *
 * Source: Szegedy et al. 2016, §7; fastai `losses.py`, `LabelSmoothingCrossEntropyFlat`; PyTorch `nn.CrossEntropyLoss`.
 *
 * @throws ShapeError when the numbers of targets and predictions, or of weights and classes, differ.
 */
@registered('LabelSmoothingCrossEntropyFlat')
export class LabelSmoothingCrossEntropyFlat extends ClassLoss {
  readonly eps: number;

  constructor({ eps = 0.1, ...options }: LabelSmoothingFlatOptions = {}) {
    super(options);
    checkNumber('eps', eps, { min: 0, max: 1 });
    this.eps = eps;
  }

  protected override ofItems(scores: tf.Tensor2D, numbers: tf.Tensor1D): tf.Tensor {
    const { weight, ignoreIndex, eps, reduction } = this;
    const logProbs = tf.logSoftmax(scores);
    const { losses, weights } = negLogLikelihood(logProbs, numbers, this);
    // Of every class, and of every item that is not ignored.
    const weighted = weight ? tf.mul(logProbs, tf.tensor1d([...weight])) : logProbs;
    const counts = tf.cast(tf.notEqual(numbers, ignoreIndex), 'float32');
    const spread = tf.mul(tf.neg(tf.sum(weighted, 1)), counts);
    const smoothed = tf.add(tf.mul(losses, 1 - eps), tf.mul(spread, eps / scores.shape[1]));
    return reduceWeighted(smoothed, weights, reduction);
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
