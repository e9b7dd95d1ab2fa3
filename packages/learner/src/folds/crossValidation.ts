import { tensorsIn } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { LearnerError } from '../errors.js';
import type { UnreadableItem } from './foldPredictions.js';

/** A metric, or the loss, of a cross-validation. NaN stands for a value that a fold does not have. */
export interface FoldMetric {
  readonly name: string;
  /** Its value on each fold's validation set. */
  readonly values: readonly number[];
  /** The mean of the folds' values. */
  readonly mean: number;
  /** Their standard deviation: that of a whole population, as NumPy's and scikit-learn's. */
  readonly std: number;
  /** Its value over the predictions of all folds together, each item predicted by the learner that did not see it. */
  readonly outOfFold: number;
}

/** The properties of a {@link CrossValidation} other than its tensors. */
interface CrossValidationFields<Item> {
  readonly items: readonly Item[];
  readonly foldOf: readonly number[];
  readonly files: readonly string[];
  readonly metrics: readonly FoldMetric[];
  readonly skipped: readonly UnreadableItem[];
}

/**
 * The result of a cross-validation: each item's prediction by the learner that was not trained on it. Row `i` of `preds` and
 * `targs` is item `i`.
 *
 * @typeParam Y The target tensor, or a tuple of several.
 * @typeParam Item The type of the items, such as a path.
 */
export class CrossValidation<Y = unknown, Item = unknown> {
  /** The data block's items, such as paths. */
  readonly items: readonly Item[];
  /** The fold that each item was validated in. */
  readonly foldOf: readonly number[];
  /** The files of the folds' learners, for `ensemble` and `loadLearner`. */
  readonly files: readonly string[];
  /** The loss, named `valid_loss`, and the learner's metrics. */
  readonly metrics: readonly FoldMetric[];
  /** The items that could not be loaded: their rows are NaN, −1 among integers, and no metric counts them. */
  readonly skipped: readonly UnreadableItem[];

  /**
   * @param preds Predictions after the loss's activation, such as probabilities `[items, classes]`.
   * @param targs Targets, such as class indices `[items]`.
   */
  constructor(
    readonly preds: tf.Tensor,
    readonly targs: Y,
    { items, foldOf, files, metrics, skipped }: CrossValidationFields<Item>,
  ) {
    this.items = items;
    this.foldOf = foldOf;
    this.files = files;
    this.metrics = metrics;
    this.skipped = skipped;
  }

  /**
   * A metric by its name.
   *
   * @throws LearnerError when there is none of that name.
   */
  metric(name: string): FoldMetric {
    const found = this.metrics.find((metric) => metric.name === name);
    if (found) return found;
    const names = this.metrics.map((metric) => metric.name).join(', ');
    throw new LearnerError(`There is no metric '${name}' among ${names}: add it to the learner's metrics.`);
  }

  /** Frees `preds` and `targs`. It is also the method that `using` calls. */
  dispose(): void {
    tf.dispose([this.preds, ...tensorsIn(this.targs)]);
  }

  /** The same as `dispose()`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}
