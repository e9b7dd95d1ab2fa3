import { checkNumber, registered } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { ClassLoss, type ClassLossOptions, negLogLikelihood, reduceWeighted } from './classLoss.js';

/** Settings of {@link SymmetricCrossEntropy}. With `weight`, an item has the weight of its class, and the mean is weighted. */
export interface SymmetricCrossEntropyOptions extends ClassLossOptions {
  /** Factor of the cross entropy, which fits all labels, also wrong ones (default 0.1). */
  alpha?: number;
  /** Factor of the reverse cross entropy, which resists wrong labels but converges slowly (default 1). */
  beta?: number;
}

/**
 * Cross entropy plus reverse cross entropy, for data with wrong labels: with p the probability of an item's target class, the
 * loss is `−alpha · log p + beta · 9.21 · (1 − p)`.
 *
 * In the reverse cross entropy `−Σ p · log y` the logarithm of targets that are 0 is that of 0.0001. Probabilities below 1e-7
 * count as 1e-7 in the cross entropy, and have no gradient there. The default factors are the paper's for CIFAR-10; for
 * CIFAR-100, with more classes, they are 6 and 0.1. Predictions are `[..., classes]`, before softmax; targets are class indices
 * `[...]`; all axes except the class axis are flattened into one.
 *
 * Source: Wang et al. 2019, https://arxiv.org/abs/1908.06112, and its implementation.
 *
 * @throws ShapeError when the numbers of targets and predictions, or of weights and classes, differ.
 */
@registered('SymmetricCrossEntropy')
export class SymmetricCrossEntropy extends ClassLoss {
  readonly alpha: number;
  readonly beta: number;

  constructor({ alpha = 0.1, beta = 1, ...options }: SymmetricCrossEntropyOptions = {}) {
    super(options);
    checkNumber('alpha', alpha, { min: 0 });
    checkNumber('beta', beta, { min: 0 });
    this.alpha = alpha;
    this.beta = beta;
  }

  protected override ofItems(scores: tf.Tensor2D, numbers: tf.Tensor1D): tf.Tensor {
    const logProbs = tf.maximum<tf.Tensor2D>(tf.logSoftmax(scores), Math.log(SMALLEST_PROBABILITY));
    const { losses: forward, weights } = negLogLikelihood(logProbs, numbers, this);
    const { losses: negProbs } = negLogLikelihood(tf.softmax(scores), numbers, this);
    const reverse = tf.mul(tf.add(weights, negProbs), -Math.log(SMALLEST_TARGET));
    const losses = tf.add(tf.mul(forward, this.alpha), tf.mul(reverse, this.beta));
    return reduceWeighted(losses, weights, this.reduction);
  }
}

const SMALLEST_PROBABILITY = 1e-7;
const SMALLEST_TARGET = 1e-4;
