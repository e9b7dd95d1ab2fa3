import { registered } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { ClassLoss, type ClassLossOptions } from './classLoss.js';
import { negLogLikelihood } from './negLogLikelihood.js';

/** Settings of {@link CrossEntropyLossFlat}. With `weight`, the mean is a weighted one. */
export interface CrossEntropyOptions extends ClassLossOptions {
  /** Items of this class number count nothing (default −100). */
  ignoreIndex?: number;
}

/**
 * Cross entropy of predictions `[..., classes]`, before softmax, against class numbers `[...]`: all axes but that of the
 * classes are flattened to one.
 *
 * Source: fastai `losses.py`, `CrossEntropyLossFlat`; PyTorch `nn.CrossEntropyLoss`.
 *
 * @throws ShapeError when there are not as many targets as predictions, or not as many weights as classes
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
