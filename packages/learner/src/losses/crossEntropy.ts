import { registered } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { ClassLoss, type ClassLossOptions, negLogLikelihood, reduceWeighted } from './classLoss.js';

/** Settings of {@link CrossEntropyLossFlat}. With `weight`, the mean is weighted. */
export type CrossEntropyOptions = ClassLossOptions;

/**
 * Cross entropy of predictions `[..., classes]`, before softmax, and class indices `[...]`: all axes except the class axis
 * are flattened into one.
 *
 * Source: fastai `losses.py`, `CrossEntropyLossFlat`; PyTorch `nn.CrossEntropyLoss`.
 *
 * @throws ShapeError when the numbers of targets and predictions, or of weights and classes, differ.
 * @example
 * const loss = new CrossEntropyLossFlat({ weight: [1, 3] });
 */
@registered('CrossEntropyLossFlat')
export class CrossEntropyLossFlat extends ClassLoss {
  constructor(options: CrossEntropyOptions = {}) {
    super(options);
  }

  protected override ofItems(scores: tf.Tensor2D, numbers: tf.Tensor1D): tf.Tensor {
    const { losses, weights } = negLogLikelihood(tf.logSoftmax(scores), numbers, this);
    return reduceWeighted(losses, weights, this.reduction);
  }
}
