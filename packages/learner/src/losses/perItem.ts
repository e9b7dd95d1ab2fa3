import type * as tf from '@tensorflow/tfjs-core';
import { LearnerError } from '../errors.js';
import { type Loss, type LossFunction, lossOf } from './loss.js';

/** A loss whose reduction can be set. */
export type ReducibleLoss = (Loss | LossFunction) & { reduction: NonNullable<Loss['reduction']> };

/**
 * Checks that `loss` can give the losses of single items.
 *
 * @param purpose what wants them, for the message
 * @throws LearnerError when it has no `reduction`
 */
export function checkReducible(loss: Loss | LossFunction, purpose: string): asserts loss is ReducibleLoss {
  if (!('reduction' in loss)) {
    throw new LearnerError(
      `${purpose} needs the loss of each item, but the loss has no 'reduction' to set to 'none': give lossFunc as an object that has one, such as new CrossEntropyLossFlat().`,
    );
  }
}

/** The losses of single items, before reduction. */
export function perItemLoss(loss: ReducibleLoss, pred: tf.Tensor, targets: readonly tf.Tensor[]): tf.Tensor {
  const before = loss.reduction;
  loss.reduction = 'none';
  try {
    return lossOf(loss, pred, targets);
  } finally {
    loss.reduction = before;
  }
}
