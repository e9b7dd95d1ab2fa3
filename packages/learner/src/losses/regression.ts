import { registered } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { ElementwiseLoss } from './elementwiseLoss.js';
import type { Reduction } from './loss.js';

/** Settings of {@link MSELossFlat} and {@link L1LossFlat}. */
export interface RegressionLossOptions {
  /** Default `'mean'`. */
  reduction?: Reduction;
}

/**
 * The squared difference of predictions and targets. The default loss for a `RegressionBlock` and a `PointBlock`.
 *
 * Source: fastai `losses.py`, `MSELossFlat`.
 *
 * @throws ShapeError when predictions and targets differ in size.
 */
@registered('MSELossFlat')
export class MSELossFlat extends ElementwiseLoss {
  constructor({ reduction }: RegressionLossOptions = {}) {
    super(reduction);
  }

  protected override ofElements(pred: tf.Tensor, target: tf.Tensor): tf.Tensor {
    return tf.square(tf.sub(pred, target));
  }
}

/**
 * The absolute difference of predictions and targets, which is less sensitive to outliers.
 *
 * Source: fastai `losses.py`, `L1LossFlat`.
 *
 * @throws ShapeError when predictions and targets differ in size.
 */
@registered('L1LossFlat')
export class L1LossFlat extends ElementwiseLoss {
  constructor({ reduction }: RegressionLossOptions = {}) {
    super(reduction);
  }

  protected override ofElements(pred: tf.Tensor, target: tf.Tensor): tf.Tensor {
    return tf.abs(tf.sub(pred, target));
  }
}
