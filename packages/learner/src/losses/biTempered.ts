import { checkInteger, checkNumber, oneHot, registered } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { alongAxis, ClassLoss, type ClassLossOptions, chosenClasses, reduceWeighted } from './classLoss.js';
import { temperedLog, temperedLogSoftmax } from './temperedSoftmax.js';

/** Settings of {@link BiTemperedLoss}. With `weight`, an item has the weight of its class, and the mean is weighted. */
export interface BiTemperedOptions extends ClassLossOptions {
  /**
   * Temperature of the logarithm, from 0 to 1, at most `t2`: below 1 the loss of an item is bounded, so that outliers far from the others
   * weigh less (default 0.8).
   */
  t1?: number;
  /**
   * Temperature of the softmax, above 0: above 1 its tail is heavier, so that wrong labels near a boundary weigh less; below 1
   * low scores have a probability of 0 (default 1.2).
   */
  t2?: number;
  /** Probability that is spread evenly over the other classes than the target, from 0 and below 1 (default 0). */
  labelSmoothing?: number;
  /**
   * Steps to normalize probabilities, up to 1000 (default 5, as in Google's implementation, and 20 for `t2` below 1, where a step only halves
   * the error). With hundreds of classes and `t2` above 1.2, 20 are better.
   */
  numIters?: number;
}

/**
 * The bi-tempered logistic loss, for data with wrong labels: cross entropy with a tempered logarithm, which bounds the loss of
 * an item, and a tempered softmax with a heavier tail. With `t1` and `t2` of 1 it is cross entropy.
 *
 * Predictions are `[..., classes]`, before the tempered softmax, which is its activation; targets are class indices `[...]`; all
 * axes except the class axis are flattened into one. With probabilities p and targets y, the loss is
 * `Σ y·(log_t1 y − log_t1 p) − (y^(2 − t1) − p^(2 − t1)) / (2 − t1)`.
 *
 * Source: Amid et al. 2019, https://arxiv.org/abs/1906.03361, and Google's implementation.
 *
 * @throws ShapeError when the numbers of targets and predictions, or of weights and classes, differ.
 * @example
 * new Learner(dls, model, { lossFunc: new BiTemperedLoss({ t1: 0.7, t2: 1.3 }) });
 */
@registered('BiTemperedLoss')
export class BiTemperedLoss extends ClassLoss {
  readonly t1: number;
  readonly t2: number;
  readonly labelSmoothing: number;
  readonly numIters: number;

  constructor({
    t1 = 0.8,
    t2 = 1.2,
    labelSmoothing = 0,
    numIters = t2 < 1 ? 20 : 5,
    ...options
  }: BiTemperedOptions = {}) {
    super(options);
    checkNumber('t2', t2, { above: 0 });
    checkNumber('t1', t1, { min: 0, max: Math.min(1, t2) });
    checkNumber('labelSmoothing', labelSmoothing, { min: 0, below: 1 });
    checkInteger('numIters', numIters, { min: 1, max: 1000 });
    this.t1 = t1;
    this.t2 = t2;
    this.labelSmoothing = labelSmoothing;
    this.numIters = numIters;
  }

  /** Probabilities: tempered softmax over the classes. */
  override activation(pred: tf.Tensor): tf.Tensor {
    return alongAxis(pred, this.axis, (scores) => tf.exp(temperedLogSoftmax(scores, this.t2, this.numIters)));
  }

  protected override ofItems(scores: tf.Tensor2D, numbers: tf.Tensor1D): tf.Tensor {
    const classes = scores.shape[1];
    const weights = tf.sum(chosenClasses(numbers, scores.shape, this), 1);
    const smoothing = classes > 1 ? this.labelSmoothing : 0;
    const [on, off] = [1 - smoothing, smoothing / Math.max(1, classes - 1)];
    const targets = tf.add(tf.mul(oneHot(numbers, classes), on - off), off);
    // What only depends on the targets.
    const constant = this.entropyOf(on) + (classes - 1) * this.entropyOf(off);
    const losses = tf.add(this.ofProbabilities(scores, targets), constant);
    return reduceWeighted(tf.mul(losses, weights), weights, this.reduction);
  }

  private entropyOf(y: number): number {
    const { t1 } = this;
    if (y === 0) return 0;
    const log = t1 === 1 ? Math.log(y) : (y ** (1 - t1) - 1) / (1 - t1);
    return y * log - y ** (2 - t1) / (2 - t1);
  }

  /** The part of the loss that depends on the probabilities, with the paper's gradient, as normalization is implicit. */
  private ofProbabilities(scores: tf.Tensor2D, targets: tf.Tensor): tf.Tensor {
    const { t1, t2, numIters } = this;
    return tf.customGrad((x, save) => {
      const logProbs = temperedLogSoftmax(x as tf.Tensor, t2, numIters);
      const powers = tf.div(tf.exp(tf.mul(logProbs, 2 - t1)), 2 - t1);
      const value = tf.sum(tf.sub(powers, tf.mul(targets, temperedLog(logProbs, t1))), 1);
      (save as tf.GradSaveFunc)([logProbs, targets]);
      const gradFunc = (dy: tf.Tensor, [logProbs, targets]: tf.Tensor[]) => {
        const power = (exponent: number) => tf.exp(tf.mul(logProbs!, exponent));
        const slopes = tf.mul(tf.sub(power(1), targets!), power(t2 - t1));
        const escorts = power(t2);
        const share = tf.div(escorts, tf.sum(escorts, 1, true));
        const total = tf.sum(slopes, 1, true);
        return tf.mul(tf.expandDims(dy, 1), tf.sub(slopes, tf.mul(share, total)));
      };
      return { value, gradFunc };
    })(scores);
  }
}
