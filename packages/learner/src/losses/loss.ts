import { checkNumber, type OneOrMany, toList } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { LearnerError } from '../errors.js';

/** How the losses of a batch's items are reduced: to their mean, to their sum, or not at all. */
export type Reduction = 'mean' | 'sum' | 'none';

/** A loss function with its activation and decoding. */
export interface Loss {
  /** The loss of predictions and targets. */
  forward(pred: tf.Tensor, ...targets: tf.Tensor[]): tf.Tensor;
  /** How `forward` reduces; callbacks such as MixUp temporarily set it to `'none'`. */
  reduction?: Reduction;
  /** Whether targets are class indices, which cannot be interpolated. */
  readonly yInt?: boolean;
  /** The predictions' class axis if `yInt` (default: the last). */
  readonly axis?: number;
  /** The class index of targets that are ignored, if `yInt` (default: none). */
  readonly ignoreIndex?: number;
  /** Converts predictions to probabilities. */
  activation?(pred: tf.Tensor): tf.Tensor;
  /** Converts probabilities to the form of targets. */
  decodes?(pred: tf.Tensor): tf.Tensor;
}

/**
 * A plain function as a loss.
 *
 * It has the type of a method, so that a function of specific tensors, such as a `Tensor1D`, is a `LossFunction`.
 *
 * @typeParam T The target tensors.
 */
export type LossFunction<T extends readonly tf.Tensor[] = readonly tf.Tensor[]> = {
  loss(pred: tf.Tensor, ...targets: T): tf.Tensor;
}['loss'];

/** The loss of predictions and targets, for an object or a function. */
export function lossOf(loss: Loss | LossFunction, pred: tf.Tensor, targets: readonly tf.Tensor[]): tf.Tensor {
  return typeof loss === 'function' ? loss(pred, ...targets) : loss.forward(pred, ...targets);
}

/**
 * Checks the weights of classes, or one for all.
 *
 * @throws ArgumentError when one is negative or not finite.
 */
export function checkWeights(name: string, weights: OneOrMany<number>): void {
  for (const weight of toList(weights)) checkNumber(name, weight, { min: 0 });
}

/** Reduces a batch's losses, one per item. */
export function reduceLoss(losses: tf.Tensor, reduction: Reduction): tf.Tensor {
  if (reduction === 'none') return losses;
  return reduction === 'mean' ? tf.mean(losses) : tf.sum(losses);
}

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

/**
 * Checks that a loss whose reduction is `'none'` returned one loss per item, or several.
 *
 * @param n The number of items.
 * @throws LearnerError when it did not.
 */
export function checkPerItem({ rank, shape, size }: tf.Tensor, n: number): void {
  if (rank > 0 && size % n === 0) return;
  throw new LearnerError(
    `The loss of each item is needed, but with reduction 'none' the loss returned shape [${shape}] for ${n} items: make its forward return one loss per item when its reduction is 'none'.`,
  );
}

/**
 * One loss per item: the mean if the loss has several values per item.
 *
 * @throws LearnerError when the losses cannot be assigned to items.
 */
export function perItem(loss: tf.Tensor, n: number): tf.Tensor {
  checkPerItem(loss, n);
  return tf.tidy(() => (loss.size === n ? tf.reshape(loss, [-1]) : tf.mean(tf.reshape(loss, [n, -1]), 1)));
}

/**
 * Checks that a batch has targets for a loss.
 *
 * @param purpose The caller's name, for the message.
 * @throws LearnerError when its items have no labels.
 */
export function checkHasLabels({ targets }: { targets: readonly tf.Tensor[] }, purpose: string): void {
  if (targets.length > 0) return;
  throw new LearnerError(
    `${purpose} needs the loss of each item, but the items have no labels: use a loader with labels, such as dls.testDl(items, { withLabels: true }).`,
  );
}

/**
 * The loss of each item, before reduction.
 *
 * @throws LearnerError when the loss ignores its `reduction`.
 */
export function perItemLoss(loss: ReducibleLoss, pred: tf.Tensor, targets: readonly tf.Tensor[]): tf.Tensor {
  const before = loss.reduction;
  loss.reduction = 'none';
  try {
    const losses = lossOf(loss, pred, targets);
    checkPerItem(losses, pred.shape[0]!);
    return losses;
  } finally {
    loss.reduction = before;
  }
}
