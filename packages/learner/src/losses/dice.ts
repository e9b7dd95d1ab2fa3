import { checkInteger, checkNumber, oneHot, registered, ShapeError } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { argMaxOver, axisOf, divideOrZero, lastToAxis, softmaxOver } from './classLoss.js';
import { type Loss, type Reduction, reduceLoss } from './loss.js';

/** Settings of {@link DiceLoss}. */
export interface DiceLossOptions {
  /** The predictions' class axis (default: the last). */
  axis?: number;
  /** Added to numerator and denominator, so that the loss of an absent class is 0 (default 1e-6). */
  smooth?: number;
  /** Reduction of the losses over items and classes (default `'sum'`). */
  reduction?: Reduction;
  /** Whether to square the probabilities in the denominator, which makes gradients steeper (default false). */
  squareInUnion?: boolean;
}

/**
 * One minus the Dice coefficient of predicted and true masks, for each item and class:
 * `1 − (2 · Σ p·t + smooth) / (Σ (p + t) + smooth)`.
 *
 * Unlike cross entropy, it weights small and large classes equally. Predictions are `[n, height, width, classes]`, before
 * softmax; targets are class indices `[n, height, width]`.
 *
 * Source: Milletari et al. 2016, https://arxiv.org/abs/1606.04797, §3; fastai `losses.py`, `DiceLoss`.
 *
 * @throws ShapeError when there is not one class index per position of the predictions.
 */
@registered('DiceLoss')
export class DiceLoss implements Loss {
  readonly yInt = true;
  readonly axis: number;
  readonly smooth: number;
  readonly squareInUnion: boolean;
  reduction: Reduction;

  constructor({ axis = -1, smooth = 1e-6, reduction = 'sum', squareInUnion = false }: DiceLossOptions = {}) {
    checkInteger('axis', axis);
    checkNumber('smooth', smooth, { min: 0 });
    this.axis = axis;
    this.smooth = smooth;
    this.reduction = reduction;
    this.squareInUnion = squareInUnion;
  }

  /** The loss: a scalar, or `[n, classes]` when `reduction` is `'none'`. */
  forward(pred: tf.Tensor, target: tf.Tensor): tf.Tensor {
    return tf.tidy(() => {
      const probs = this.activation(pred);
      const truth = this.encoded(target, pred.shape);
      const areas = [...probs.shape.keys()].slice(1).filter((axis) => axis !== axisOf(this.axis, pred.rank));
      const inter = tf.sum(tf.mul(probs, truth), areas);
      const union = tf.sum(tf.add(this.squareInUnion ? tf.square(probs) : probs, truth), areas);
      const losses = divideOrZero(tf.sub(union, tf.mul(inter, 2)), tf.add(union, this.smooth));
      return reduceLoss(losses, this.reduction);
    });
  }

  /** Probabilities: softmax over the classes. */
  activation(pred: tf.Tensor): tf.Tensor {
    return softmaxOver(pred, this.axis);
  }

  /** The index of the most probable class. */
  decodes(pred: tf.Tensor): tf.Tensor {
    return argMaxOver(pred, this.axis);
  }

  /** One-hot targets, of the predictions' shape. */
  private encoded(target: tf.Tensor, shape: readonly number[]): tf.Tensor {
    const axis = axisOf(this.axis, shape.length);
    const places = shape.filter((_, i) => i !== axis);
    if (String(target.shape) !== String(places)) {
      throw new ShapeError(
        `The loss has predictions of shape [${shape}], so targets must be class indices of shape [${places}], got shape [${target.shape}].`,
      );
    }
    return lastToAxis(oneHot(target, shape[axis]!), axis);
  }
}
