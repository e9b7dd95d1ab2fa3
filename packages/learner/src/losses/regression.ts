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
 * The squared difference of each number of the predictions from that of the targets. The usual loss for a
 * `RegressionBlock` and a `PointBlock`.
 *
 * Source: fastai `losses.py`, `MSELossFlat`.
 *
 * @throws ShapeError when there are not as many targets as predictions
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
 * The absolute difference of each number of the predictions from that of the targets, which outliers pull less.
 *
 * Source: fastai `losses.py`, `L1LossFlat`.
 *
 * @throws ShapeError when there are not as many targets as predictions
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
