import { registered } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { ClassLoss, type ClassLossOptions, negLogLikelihood } from './classLoss.js';

/** Settings of {@link CrossEntropyLossFlat}. With `weight`, the mean is weighted. */
export interface CrossEntropyOptions extends ClassLossOptions {
  /** Items with this class index are ignored (default −100). */
  ignoreIndex?: number;
}

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
  override readonly ignoreIndex: number;

  constructor({ ignoreIndex = -100, ...options }: CrossEntropyOptions = {}) {
    super(options);
    this.ignoreIndex = ignoreIndex;
  }

  protected override ofItems(scores: tf.Tensor2D, numbers: tf.Tensor1D): tf.Tensor {
    return negLogLikelihood(tf.logSoftmax(scores), numbers, this);
  }
}
