import type * as tf from '@tensorflow/tfjs-core';
import { LearnerError } from '../errors.js';
import { type Loss, type LossFunction, lossOf } from './loss.js';

/** A loss whose reduction can be set. */
export type ReducibleLoss = (Loss | LossFunction) & { reduction: NonNullable<Loss['reduction']> };

/**
 * Checks that `loss` can return per-item losses.
 *
 * @param purpose What needs them, for the message.
 * @throws LearnerError when it has no `reduction`.
 */
export function checkReducible(loss: Loss | LossFunction, purpose: string): asserts loss is ReducibleLoss {
  if (!('reduction' in loss)) {
    throw new LearnerError(
      `${purpose} needs the loss of each item, but the loss has no property 'reduction': pass a lossFunc that has one, such as new CrossEntropyLossFlat().`,
    );
  }
}

/** The loss of each item, before reduction. */
export function perItemLoss(loss: ReducibleLoss, pred: tf.Tensor, targets: readonly tf.Tensor[]): tf.Tensor {
  const before = loss.reduction;
  loss.reduction = 'none';
  try {
    return lossOf(loss, pred, targets);
  } finally {
    loss.reduction = before;
  }
}
