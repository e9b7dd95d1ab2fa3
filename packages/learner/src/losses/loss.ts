import * as tf from '@tensorflow/tfjs-core';

/** What becomes of the losses of a batch's items: their mean, their sum, or nothing. */
export type Reduction = 'mean' | 'sum' | 'none';

/** A loss with what belongs to it. */
export interface Loss {
  /** The loss of predictions against targets. */
  forward(pred: tf.Tensor, ...targets: tf.Tensor[]): tf.Tensor;
  /** How `forward` reduces; callbacks such as mixup set it to `'none'` for a while. */
  reduction?: Reduction;
  /** Whether targets are class numbers, which cannot be interpolated. */
  readonly yInt?: boolean;
  /** Which axis of predictions has the classes, where `yInt` (default the last). */
  readonly axis?: number;
  /** What predictions go through to become probabilities. */
  activation?(pred: tf.Tensor): tf.Tensor;
  /** What probabilities stand for: the form that targets have. */
  decodes?(pred: tf.Tensor): tf.Tensor;
}

/** A plain function as a loss. */
export type LossFunction = (pred: tf.Tensor, ...targets: tf.Tensor[]) => tf.Tensor;

/** The loss of predictions against targets, be `loss` an object or a function. */
export function lossOf(loss: Loss | LossFunction, pred: tf.Tensor, targets: readonly tf.Tensor[]): tf.Tensor {
  return typeof loss === 'function' ? loss(pred, ...targets) : loss.forward(pred, ...targets);
}

/** The losses of a batch, one an item, reduced. */
export function reduceLoss(losses: tf.Tensor, reduction: Reduction): tf.Tensor {
  if (reduction === 'none') return losses;
  return reduction === 'mean' ? tf.mean(losses) : tf.sum(losses);
}
