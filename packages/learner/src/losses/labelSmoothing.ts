import * as tf from '@tensorflow/tfjs';
import { classLikelihood } from './classLikelihood.js';
import { type Loss, type Reduction, reduceLoss } from './loss.js';

/** Settings of {@link LabelSmoothingCrossEntropy}. */
export interface LabelSmoothingOptions {
  /** How much of a target is spread evenly over all classes (default 0.1). */
  eps?: number;
  /** A factor for each class, of the part that is not spread. */
  weight?: readonly number[];
  /** Default `'mean'`. */
  reduction?: Reduction;
}

/**
 * Cross entropy against targets that are not quite sure: with N classes the target's own gets `1 − eps + eps / N`, each
 * other `eps / N`.
 *
 * It keeps a model from ever larger scores for labels that may be wrong, so that its probabilities generalise better; it
 * pays off in long trainings. Predictions are `[n, classes]`, before softmax; targets class numbers `[n]`.
 *
 * Source: Szegedy et al. 2016, §7; fastai `losses.py`, `LabelSmoothingCrossEntropy`.
 *
 * @throws ShapeError when there are not as many targets as predictions, or not as many weights as classes
 */
export class LabelSmoothingCrossEntropy implements Loss {
  readonly yInt = true;
  readonly eps: number;
  readonly weight: readonly number[] | undefined;
  reduction: Reduction;

  constructor({ eps = 0.1, weight, reduction = 'mean' }: LabelSmoothingOptions = {}) {
    this.eps = eps;
    this.weight = weight;
    this.reduction = reduction;
  }

  /** The loss: a scalar, or `[n]` when `reduction` is `'none'`. */
  forward(pred: tf.Tensor, target: tf.Tensor): tf.Tensor {
    return tf.tidy(() => {
      const logProbs = tf.logSoftmax(pred as tf.Tensor2D);
      const spread = reduceLoss(tf.neg(tf.sum(logProbs, -1)), this.reduction);
      const own = this.ownClass(logProbs, target as tf.Tensor1D);
      return tf.add(tf.mul(spread, this.eps / pred.shape.at(-1)!), tf.mul(own, 1 - this.eps));
    });
  }

  /** Probabilities: softmax over the classes. */
  activation(pred: tf.Tensor): tf.Tensor {
    return tf.softmax(pred);
  }

  /** The number of the most probable class. */
  decodes(pred: tf.Tensor): tf.Tensor {
    return tf.argMax(pred, -1);
  }

  private ownClass(logProbs: tf.Tensor2D, target: tf.Tensor1D): tf.Tensor {
    const { weights, logLikelihood } = classLikelihood(logProbs, target, {
      weight: this.weight,
      ignoreIndex: -100,
    });
    if (this.reduction === 'none') return tf.neg(logLikelihood);
    const total = tf.neg(tf.sum(logLikelihood));
    return this.reduction === 'sum' ? total : tf.div(total, tf.sum(weights));
  }
}
