import type { Figure } from '@fastts/core';
import type { DataLoaders } from '@fastts/data';
import type * as tf from '@tensorflow/tfjs-core';
import { type LoadOptions, loadCheckpoint, type SaveOptions, saveCheckpoint } from './files/checkpoint.js';
import { exportLearner } from './files/export.js';
import { type ShowResultsOptions, showResults } from './interpretation/showResults.js';
import type { BatchSource, LearnerData } from './loop/batch.js';
import type { CallbackFor, CallbacksFor } from './loop/callback.js';
import { temporarily } from './loop/temporarily.js';
import { TrainingLoop } from './loop/trainingLoop.js';
import { checkReducible } from './losses/loss.js';
import { type LrFindOptions, lrFind, type SuggestFuncs } from './lrFind/lrFind.js';
import type { SuggestFunc } from './lrFind/lrSuggestions.js';
import { type GetPredsOptions, getPreds, type Preds } from './predictions/getPreds.js';
import { type Predicted, type PredictOptions, predictBatch } from './predictions/predict.js';
import { type TtaOptions, tta } from './predictions/tta.js';
import { type ValidateOptions, validate, validating } from './predictions/validation.js';
import { type FineTuneOptions, fineTune } from './schedules/fineTune.js';
import { type FitFlatCosOptions, fitFlatCos } from './schedules/fitFlatCos.js';
import { type FitOneCycleOptions, fitOneCycle } from './schedules/fitOneCycle.js';
import { type FitSgdrOptions, fitSgdr } from './schedules/fitSgdr.js';
import type { LearningRate } from './schedules/learningRate.js';
import { summary } from './summary/summary.js';

/**
 * Any learner, whatever its data: what functions and callbacks that work for all tasks take.
 *
 * Its batches are of unknown type. Give `X` and `Y` for learners of certain inputs and targets, such as
 * `AnyLearner<tf.Tensor4D>` for those whose input is one picture.
 *
 * @example
 * function parameterCount(learn: AnyLearner): number {
 *   return learn.model.parameters().reduce((sum, { value }) => sum + value.size, 0);
 * }
 */
export type AnyLearner<X = unknown, Y = unknown> = Learner<X, Y, LearnerData<X, Y>>;

/**
 * Brings a model, data, a loss and an optimiser together, trains, and predicts.
 *
 * The training loop knows training, validating and the events at which callbacks take part; all else is callbacks, and
 * what is put together here.
 *
 * Source: fastai `learner.py`.
 *
 * @typeParam X the data's input tensor, or a tuple of several
 * @typeParam Y the data's target tensor, or a tuple of several
 * @typeParam D the data
 * @example
 * const learn = new Learner(dls, xresnet50({ nOut: dls.c }), { lossFunc: new CrossEntropyLossFlat(), metrics: accuracy });
 * await learn.fitOneCycle(5, 3e-3);
 */
export class Learner<
  X = tf.Tensor4D,
  Y = tf.Tensor1D,
  D extends LearnerData<X, Y> = DataLoaders<X, Y>,
> extends TrainingLoop<X, Y, D> {
  protected override attach(callback: CallbackFor<X, Y>): void {
    callback.attachTo(this);
  }

  /**
   * Trains with a learning rate that rises along a cosine to `lrMax` and falls along one to almost nothing, while the
   * momentum falls and rises.
   *
   * The high rate in the middle regularises, the low one at the end settles: it gives good results in few epochs.
   *
   * Source: Smith and Topin 2018; fastai `callback/schedule.py`, `fit_one_cycle`.
   *
   * @param lrMax the highest rate, or a `slice` over the parameter groups (default the learner's)
   * @throws LearnerError for a rate that is not positive
   * @throws ArgumentError for a number of epochs that is not an integer ≥ 0
   */
  fitOneCycle(nEpoch: number, lrMax?: LearningRate, options?: FitOneCycleOptions<X, Y>): Promise<void> {
    return fitOneCycle(this, nEpoch, lrMax, options);
  }

  /**
   * Trains at a flat learning rate, then along a cosine down to almost nothing.
   *
   * It suits optimisers that need no warming up, such as `ranger`.
   *
   * Source: fastai `callback/schedule.py`, `fit_flat_cos`.
   *
   * @param lr the rate, or a `slice` over the parameter groups (default the learner's)
   * @throws LearnerError for a rate that is not positive
   * @throws ArgumentError for a number of epochs that is not an integer ≥ 0
   */
  fitFlatCos(nEpoch: number, lr?: LearningRate, options?: FitFlatCosOptions<X, Y>): Promise<void> {
    return fitFlatCos(this, nEpoch, lr, options);
  }

  /**
   * Trains in cycles that each begin at `lrMax` and go down to 0 along a cosine: stochastic gradient descent with warm
   * restarts.
   *
   * Source: Loshchilov and Hutter 2017; fastai `callback/schedule.py`, `fit_sgdr`.
   *
   * @param cycleLen how many epochs the first cycle has
   * @param lrMax the rate at which a cycle begins, or a `slice` over the parameter groups (default the learner's)
   * @throws LearnerError for a rate that is not positive
   * @throws ArgumentError for a number of cycles or epochs that is not an integer ≥ 0
   */
  fitSgdr(
    nCycles: number,
    cycleLen: number,
    lrMax?: LearningRate,
    options?: FitSgdrOptions<X, Y>,
  ): Promise<void> {
    return fitSgdr(this, nCycles, cycleLen, lrMax, options);
  }

  /**
   * Adapts a model that has learnt before: trains the last parameter group with the others frozen, then all for
   * `epochs` epochs, the first groups at lower rates and the last at half of `baseLr`. Both by `fitOneCycle`.
   *
   * Source: fastai `callback/schedule.py`, `fine_tune`.
   *
   * @param baseLr the highest rate of the last group while the others are frozen (default 2e-3)
   * @param options `pctStart` (default 0.3) and `div` (default 5) are those of the second part
   */
  fineTune(epochs: number, baseLr?: number, options?: FineTuneOptions<X, Y>): Promise<void> {
    return fineTune(this, epochs, baseLr, options);
  }

  /**
   * Suggests a learning rate: trains for `numIt` batches while the rate grows from `startLr` to `endLr`, looks at the
   * course of the smoothed loss, and puts model and optimiser back.
   *
   * `learn.recorder.plotLrFind()` shows the course. The first tenth of the batches and the last five count for
   * nothing, nor do those from the first on whose loss is no number.
   *
   * Source: fastai `callback/schedule.py`, `lr_find`.
   *
   * @returns a rate for each of `suggestFuncs`
   * @throws LearnerError when rates are no positive numbers, or there are too few losses to go by
   * @example
   * const { valley } = await learn.lrFind();
   * await learn.fitOneCycle(5, valley);
   */
  lrFind<const S extends SuggestFuncs = { valley: SuggestFunc }>(
    options?: LrFindOptions<S>,
  ): Promise<{ [K in keyof S]: number }> {
    return lrFind(this, options);
  }

  /**
   * Freezes the parameter groups before the one numbered `n`, counted from the end when negative, and clears the
   * optimiser's memory. Norm layers in frozen groups go on learning if `trainBn`.
   *
   * Source: fastai `learner.py`, `freeze_to`.
   *
   * @throws ArgumentError when `n` is not an integer
   */
  freezeTo(n: number): void {
    this.opt.freezeTo(n);
    this.opt.clearState();
  }

  /** Freezes all parameter groups but the last. */
  freeze(): void {
    this.freezeTo(-1);
  }

  /** Trains all parameter groups. */
  unfreeze(): void {
    this.freezeTo(0);
  }

  /**
   * The loss and metrics on a set, in the order of `recorder.metricNames`.
   *
   * Source: fastai `learner.py`, `validate`.
   */
  validate(options?: ValidateOptions<X, Y>): Promise<(number | null)[]> {
    return validate(this, options);
  }

  /**
   * Runs `work`, which validates by `validateEpoch`, between the events of a fit of one epoch, without the table.
   *
   * @param inner whether it is part of something that is running, whose events it leaves alone
   */
  validating<T>(callbacks: CallbacksFor<X, Y>, inner: boolean, work: () => Promise<T>): Promise<T> {
    return validating(this, callbacks, inner, work);
  }

  /**
   * The predictions and targets of all items of a set, in its order: tensors that belong to the caller.
   *
   * Source: fastai `learner.py`, `get_preds`.
   *
   * @param options.dl a source of batches to use instead of the data's, such as `dls.testDl(items)`
   * @throws LearnerError when there are no items, or the loss cannot give single items' losses and `withLoss` wants them
   * @example
   * const [preds, targs, losses] = await learn.getPreds({ withLoss: true });
   */
  getPreds<T = Y, const O extends GetPredsOptions<X, Y> = GetPredsOptions<X, Y>>(
    options?: O & { dl?: BatchSource<X, T> },
  ): Promise<Preds<X, T, O>> {
    return getPreds<X, T, O>(this, options);
  }

  /**
   * What the model says of one item, given as the data block's items are or as its input's block can take them, such
   * as the path of a picture, the bytes of its file, or its pixels as a tensor.
   *
   * Source: fastai `learner.py`, `predict`.
   *
   * @throws LearnerError when the learner's data is no `DataLoaders`, which know how to make an input of an item
   * @example
   * const [label, number, probabilities] = await learn.predict('church.jpg');
   */
  async predict<const O extends PredictOptions = { withInput?: false }>(
    item: unknown,
    options?: O,
  ): Promise<Predicted<D, O>> {
    const [prediction] = await predictBatch<D, O>(this, [item], options);
    return prediction!;
  }

  /**
   * What the model says of each of several items, as `predict` would: they go through the model in batches.
   *
   * @throws ItemError when an item cannot be read
   * @example
   * const labels = (await learn.predictBatch(getImageFiles('holiday'))).map(([label]) => label);
   */
  predictBatch<const O extends PredictOptions = { withInput?: false }>(
    items: readonly unknown[],
    options?: O,
  ): Promise<Predicted<D, O>[]> {
    return predictBatch<D, O>(this, items, options);
  }

  /**
   * Predictions averaged over several augmented versions of each item: test-time augmentation.
   *
   * Each item is predicted `n` times with the transforms of training and once with those of validation. It costs
   * `n + 1` passes and usually gains accuracy: where training crops, for instance, the whole picture gets seen.
   *
   * Source: fastai `learner.py`, `tta`.
   *
   * @returns predictions (after the loss's activation) and targets, which belong to the caller; with `beta: null` the
   * first is a pair: those with augmentation, those without
   * @throws LearnerError when the source is no data loader, of which the transforms can be chosen
   * @example
   * const [preds, targs] = await learn.tta();
   * accuracy(preds, targs).print();
   */
  tta<T = Y>(options: TtaOptions<X, T> & { beta: null }): Promise<[preds: [tf.Tensor, tf.Tensor], targs: T]>;
  tta<T = Y>(options?: TtaOptions<X, T>): Promise<[preds: tf.Tensor, targs: T]>;
  tta<T = Y>(options?: TtaOptions<X, T>): Promise<[preds: tf.Tensor | [tf.Tensor, tf.Tensor], targs: T]> {
    return tta(this, options);
  }

  /**
   * A picture of some items with their targets and predictions: labels one over the other, green if alike and red if not;
   * masks, points and boxes beside each other.
   *
   * Source: fastai `learner.py`, `show_results`.
   *
   * @throws LearnerError when the data is no data loader, or has no picture to show
   * @example
   * await (await learn.showResults()).save('results.png');
   */
  showResults(options?: ShowResultsOptions<X, Y>): Promise<Figure> {
    return showResults(this, options);
  }

  /**
   * A table of the model's layers, with the shape of what they give for a batch, how many parameters they have, and
   * whether these are trained; below it the totals, the optimiser, the loss and the callbacks.
   *
   * Source: fastai `callback/hook.py`, `summary`.
   *
   * @throws LearnerError when there is no training data to show the model
   * @example
   * console.log(await learn.summary());
   */
  summary(): Promise<string> {
    return summary(this);
  }

  /**
   * Saves the model, and what the optimiser remembers, to `path/modelDir/file.safetensors`: whole or not at all.
   *
   * The model's tensors have PyTorch's names and layouts; those of the optimiser begin with `optimizer.`.
   *
   * Source: fastai `learner.py`, `save`.
   *
   * @returns the file's path
   */
  save(file: string, options?: SaveOptions): Promise<string> {
    return saveCheckpoint(this, file, options);
  }

  /**
   * Loads what {@link save} saved.
   *
   * Source: fastai `learner.py`, `load`.
   *
   * @throws FasttsError when there is no such file; FileFormatError when it is damaged; StateDictError or ShapeError
   * when it does not fit the model
   */
  load(file: string, options?: LoadOptions): Promise<void> {
    return loadCheckpoint(this, file, options);
  }

  /**
   * Writes all that predicting needs to `path/file.safetensors`, whole or not at all: the model, the vocabulary, the
   * transforms, the loss. `loadLearner` reads it.
   *
   * The file holds tensors, by PyTorch's names and in its layouts, and in its metadata a JSON text that names what is
   * registered, with its arguments; see `registered`. It holds no code, and no items.
   *
   * Source: fastai `learner.py`, `export`, whose file is a pickle.
   *
   * @param file the name within `path`, or an absolute path (default `export`)
   * @returns the file's path
   * @throws RegistryError when the model, a block or a transform is not registered; the message names it
   * @throws LearnerError when the data is no `DataLoaders`, or the model is no longer what its maker made
   */
  export(file?: string): Promise<string> {
    return exportLearner(this, file);
  }

  /**
   * Runs `work` without progress bars.
   *
   * @example
   * await learn.noBar(() => learn.fit(1));
   */
  noBar<T>(work: () => Promise<T>): Promise<T> {
    return temporarily(this, 'showBar', false, work);
  }

  /** Runs `work` without the table of epochs. */
  noLogging<T>(work: () => Promise<T>): Promise<T> {
    return temporarily(this, 'logger', null, work);
  }

  /**
   * Runs `work` while the loss gives the loss of each item, rather than their mean or sum.
   *
   * Source: fastai `learner.py`, `loss_not_reduced`.
   *
   * @throws LearnerError when the loss has no `reduction`
   */
  async lossNotReduced<T>(work: () => Promise<T>): Promise<T> {
    const { lossFunc } = this;
    checkReducible(lossFunc, 'lossNotReduced');
    return temporarily(lossFunc, 'reduction', 'none', work);
  }
}
