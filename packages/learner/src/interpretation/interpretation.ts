import { checkInteger, type Figure, type NotInferred, tensorsIn } from '@fastts/core';
import type { DataLoader } from '@fastts/data';
import * as tf from '@tensorflow/tfjs-core';
import { LearnerError } from '../errors.js';
import type { AnyLearner, Learner } from '../learner.js';
import type { ItemIn, LearnerData } from '../loop/batch.js';
import { classActivations } from './gradCam/classActivation.js';
import { type InterpretationOptions, type Outcomes, observe } from './outcomes.js';
import { type ResultGridOptions, resultGrid, topLossGrid } from './resultGrid.js';
import { shownResults } from './shownResult.js';

/** Result of {@link Interpretation.topLosses}: losses, the indices of their items, and the items. */
export type TopLosses<Item = unknown> = [losses: number[], indices: number[], items: Item[]];

/** Settings of {@link Interpretation.plotTopLosses}. */
export interface PlotTopLossesOptions extends ResultGridOptions {
  /** Whether to show the highest losses (default true), rather than the lowest. */
  largest?: boolean;
  /**
   * Whether to draw over each image where the model saw the class that it predicted, as `gradCam` does (default false). Only for
   * classifiers of images.
   */
  gradCam?: boolean;
}

/**
 * Interpretation of a model's predictions on a set, for any kind of target.
 *
 * Losses are computed once, in `fromLearner`; items are predicted again when they are shown.
 *
 * Source: fastai `interpret.py`, `Interpretation`.
 *
 * @typeParam Item The type of the items, such as a path.
 * @example
 * const interp = await Interpretation.fromLearner(learn);
 * await (await interp.plotTopLosses(9)).save('worst.png');
 */
export class Interpretation<X = tf.Tensor4D, Y = tf.Tensor1D, Item = unknown> {
  readonly learn: AnyLearner<X, Y>;
  /** The loader of the items, in the order of its data set. */
  readonly dl: DataLoader<X, Y, unknown, Item>;
  /** The data block's items, without those that could not be loaded. */
  readonly items: readonly Item[];
  /** The loss of each item. */
  readonly losses: Float32Array;
  private readonly act: ((pred: tf.Tensor) => tf.Tensor) | undefined;

  protected constructor({ learn, dl, items, losses, act }: Outcomes<X, Y, Item>) {
    this.learn = learn;
    this.dl = dl;
    this.items = items;
    this.losses = losses;
    this.act = act;
  }

  /**
   * Predicts a set and records the losses of its items.
   *
   * @throws LearnerError when the data is not a `DataLoader`, or the loss cannot return per-item losses.
   */
  static async fromLearner<X, Y, D extends LearnerData<X, Y>>(
    learn: Learner<X, Y, D>,
    options: InterpretationOptions<NotInferred<X>, NotInferred<Y>, NotInferred<D>> = {},
  ): Promise<Interpretation<X, Y, ItemIn<D>>> {
    return new Interpretation(await observe(learn, options, 'Interpretation'));
  }

  /**
   * Inputs, activated predictions, targets, decoded predictions and losses of some items. The tensors belong to the caller.
   *
   * @param indices The items' indices, as returned by `topLosses`.
   */
  async at(
    indices: readonly number[],
  ): Promise<[inputs: X, preds: tf.Tensor, targs: Y, decoded: tf.Tensor, losses: number[]]> {
    const chosen = indices.map((i) => {
      if (i in this.items) return this.items[i]!;
      throw new LearnerError(`There is no item ${i}: there are ${this.items.length} items, numbered from 0.`);
    });
    const dataset = this.dl.dataset.testSet(chosen, { withLabels: true });
    const dl = this.dl.with({ dataset, strict: true });
    const [inputs, preds, targs, decoded] = await this.learn.noBar(() =>
      this.learn.getPreds({ dl, withInput: true, withDecoded: true, act: this.act }),
    );
    return [inputs, preds, targs, decoded, indices.map((i) => this.losses[i]!)];
  }

  /**
   * The `k` highest or lowest losses, in order (default: all).
   *
   * Source: fastai `interpret.py`, `top_losses`.
   *
   * @example
   * const [losses, indices, items] = interp.topLosses(9);
   */
  topLosses(k = this.losses.length, { largest = true }: { largest?: boolean } = {}): TopLosses<Item> {
    checkInteger('k', k, { min: 0 });
    const sign = largest ? -1 : 1;
    const order = [...this.losses.keys()].sort((a, b) => sign * (this.losses[a]! - this.losses[b]!));
    const indices = order.slice(0, k);
    return [indices.map((i) => this.losses[i]!), indices, indices.map((i) => this.items[i]!)];
  }

  /**
   * A figure of the items with the highest or lowest losses, each with prediction, target, loss and, for one class per item,
   * probability.
   *
   * Source: fastai `interpret.py`, `plot_top_losses`.
   *
   * @param k Number of items, or their ranks: 0 is the item with the highest loss.
   * @throws LearnerError when there is no image to show, an index is out of range, or `gradCam` is set for a model that is not a
   *   classifier of images.
   */
  async plotTopLosses(
    k: number | readonly number[],
    { largest = true, gradCam = false, ...layout }: PlotTopLossesOptions = {},
  ): Promise<Figure> {
    if (typeof k === 'number') checkInteger('k', k, { min: 1 });
    const order = this.topLosses(undefined, { largest })[1];
    const indices = typeof k === 'number' ? order.slice(0, k) : k.map((rank) => order[rank]!);
    const [inputs, preds, targs, decoded, losses] = await this.at(indices);
    try {
      const probabilities = await this.probabilities(preds);
      const results = await shownResults(this.learn, this.dl, [inputs, targs], decoded);
      const cams = gradCam ? await classActivations(this.learn, tensorsIn(inputs)) : [];
      const rows = results.map((result, i) => ({
        ...result,
        loss: losses[i]!,
        probability: probabilities?.[i],
        cam: cams[i]?.map,
      }));
      return await topLossGrid(rows, layout);
    } finally {
      tf.dispose(tensorsIn([inputs, preds, targs, decoded]));
    }
  }

  /**
   * A figure of some items with their targets and predictions.
   *
   * Source: fastai `interpret.py`, `show_results`.
   *
   * @param indices The items' indices.
   * @throws LearnerError when there is no image to show, or an index is out of range.
   */
  async showResults(indices: readonly number[], layout: ResultGridOptions = {}): Promise<Figure> {
    const [inputs, preds, targs, decoded] = await this.at(indices);
    try {
      return await resultGrid(await shownResults(this.learn, this.dl, [inputs, targs], decoded), layout);
    } finally {
      tf.dispose(tensorsIn([inputs, preds, targs, decoded]));
    }
  }

  /** The highest probability of each item, if predictions are one class per item. */
  private async probabilities(preds: tf.Tensor): Promise<ArrayLike<number> | undefined> {
    const { lossFunc } = this.learn;
    if (typeof lossFunc === 'function' || !lossFunc.yInt || preds.rank !== 2) return undefined;
    const highest = tf.max(preds, 1);
    try {
      return await highest.data();
    } finally {
      highest.dispose();
    }
  }
}
