import type { Split } from '@fastts/core';
import { DataLoader } from '@fastts/data';
import type * as tf from '@tensorflow/tfjs-core';
import { LearnerError } from '../errors.js';
import type { AnyLearner, Learner } from '../learner.js';
import { type ItemIn, type LearnerData, sourceOf } from '../loop/batch.js';
import { Callback } from '../loop/callback.js';
import { checkHasLabels, checkReducible, perItem } from '../losses/loss.js';

/** Settings of `Interpretation.fromLearner`. */
export interface InterpretationOptions<X = tf.Tensor4D, Y = tf.Tensor1D, D = unknown> {
  /** The set to predict (default `'valid'`). */
  split?: Split;
  /** A data loader to use instead, of items of the same type. */
  dl?: DataLoader<X, Y, unknown, ItemIn<D>>;
  /**
   * Whether a training set is transformed as in training, randomly and so differently at each call, as in fastai
   * (default true); with false, it is transformed as in validation.
   */
  augment?: boolean;
  /** Activation of the predictions (default: the loss's, such as softmax). */
  act?: (pred: tf.Tensor) => tf.Tensor;
}

/** The losses and items of a predicted set. */
export interface Outcomes<X = tf.Tensor4D, Y = tf.Tensor1D, Item = unknown> {
  learn: AnyLearner<X, Y>;
  /** The loader of the items, in its data set's order. */
  dl: DataLoader<X, Y, unknown, Item>;
  /** The data block's items that could be loaded. */
  items: readonly Item[];
  /** The loss of each item. */
  losses: Float32Array;
  act?: (pred: tf.Tensor) => tf.Tensor;
}

/**
 * Predicts a set and records each item's loss and optionally more, batch by batch and on the CPU, so that the predictions
 * of a large set need not fit in memory.
 *
 * @throws LearnerError when the data is not a `DataLoader` or has no labels, or the loss cannot return per-item losses.
 */
export async function observe<X, Y, D extends LearnerData<X, Y>>(
  learn: Learner<X, Y, D>,
  { split = 'valid', dl: given, augment = true, act }: InterpretationOptions<X, Y, D>,
  purpose: string,
  onBatch?: (pred: tf.Tensor, targ: tf.Tensor) => Promise<void>,
): Promise<Outcomes<X, Y, ItemIn<D>>> {
  const found = given ?? sourceOf(learn.dls, split);
  if (!(found instanceof DataLoader)) {
    throw new LearnerError(`${purpose} needs a DataLoader, which knows its items, but the data is not one.`);
  }
  checkReducible(learn.lossFunc, purpose);
  const dl: DataLoader<X, Y, unknown, ItemIn<D>> = found.with({
    shuffle: false,
    dropLast: false,
    split: augment ? found.split : 'valid',
  });
  const losses = new ItemLosses(purpose, onBatch);
  await learn.validating(losses, false, () => learn.lossNotReduced(() => learn.validateEpoch(dl)));
  const skipped = new Set(dl.skipped.map(({ index }) => index));
  const items = dl.dataset.items.filter((_, i) => !skipped.has(i));
  return { learn, dl, items, losses: Float32Array.from(losses.values), act };
}

/** Records the loss of each item of a pass. */
class ItemLosses extends Callback {
  override runTrain = false;
  readonly values: number[] = [];

  constructor(
    private readonly purpose: string,
    private readonly onBatch?: (pred: tf.Tensor, targ: tf.Tensor) => Promise<void>,
  ) {
    super();
  }

  override async afterBatch(): Promise<void> {
    checkHasLabels(this.learn, this.purpose);
    const { pred, loss, targets } = this.learn;
    const losses = perItem(loss, pred.shape[0]!);
    try {
      this.values.push(...(await losses.data()));
    } finally {
      losses.dispose();
    }
    await this.onBatch?.(pred, targets[0]!);
  }
}
