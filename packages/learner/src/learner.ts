import type { Figure } from '@fastts/core';
import type { DataLoader, DataLoaders } from '@fastts/data';
import type * as tf from '@tensorflow/tfjs-core';
import { AnomalyDetection } from './callbacks/checks/anomalyDetection.js';
import { type FitState, restoreFit } from './checkpoints/fitState.js';
import { exportBlob, exportLearner } from './files/export.js';
import { type LoadOptions, loadModel, type SaveOptions, saveModel } from './files/savedModel.js';
import { type ShowResultsOptions, showResults } from './interpretation/showResults.js';
import type { BatchSource, LearnerData, TargetsIn } from './loop/batch.js';
import type { CallbackFor, CallbacksFor } from './loop/callback.js';
import { temporarily } from './loop/temporarily.js';
import { TrainingLoop } from './loop/trainingLoop.js';
import { checkReducible } from './losses/loss.js';
import { type LrFindOptions, lrFind, type SuggestFuncs } from './lrFind/lrFind.js';
import type { SuggestFunc } from './lrFind/lrSuggestions.js';
import { type GetPredsOptions, getPreds, type Preds } from './predictions/getPreds.js';
import { type Predicted, type PredictOptions, predictBatch } from './predictions/predict.js';
import { PredictionQueue } from './predictions/predictionQueue.js';
import { type TtaOptions, tta } from './predictions/tta.js';
import { type ValidateOptions, validate, validating } from './predictions/validation.js';
import { type FineTuneOptions, fineTune } from './schedules/fineTune.js';
import { type FitFlatCosOptions, fitFlatCos } from './schedules/fitFlatCos.js';
import { type FitOneCycleOptions, fitOneCycle } from './schedules/fitOneCycle.js';
import { type FitSgdrOptions, fitSgdr } from './schedules/fitSgdr.js';
import type { LearningRate } from './schedules/learningRate.js';
import { summary } from './summary/summary.js';

/**
 * Any learner, regardless of its data: the parameter type of functions and callbacks that work for all tasks.
 *
 * The type of its batches is unknown. Specify `X` and `Y` for learners with specific inputs and targets, such as
 * `AnyLearner<tf.Tensor4D>` for learners whose input is one image tensor.
 *
 * @example
 * function parameterCount(learn: AnyLearner): number {
 *   return learn.model.parameters().reduce((sum, { value }) => sum + value.size, 0);
 * }
 */
export type AnyLearner<X = unknown, Y = unknown> = Learner<X, Y, LearnerData<X, Y>>;

/**
 * Combines a model, data, a loss and an optimizer to train and predict.
 *
 * The training loop only trains, validates and fires the events that callbacks handle; everything else is a callback or
 * a method of this class.
 *
 * Source: fastai `learner.py`.
 *
 * @typeParam X The data's input tensor, or a tuple of several.
 * @typeParam Y The data's target tensor, or a tuple of several.
 * @typeParam D The data.
 * @example
 * const learn = new Learner(dls, xresnet50({ nOut: dls.c }), { lossFunc: new CrossEntropyLossFlat(), metrics: accuracy });
 * await learn.fitOneCycle(5, 3e-3);
 */
export class Learner<
  X = tf.Tensor4D,
  Y = tf.Tensor1D,
  D extends LearnerData<X, Y> = DataLoaders<X, Y>,
> extends TrainingLoop<X, Y, D> {
  /** The queue of predictions, which run one after the other. */
  readonly predictionQueue = new PredictionQueue();

  protected override attach(callback: CallbackFor<X, Y>): void {
    callback.attachTo(this);
  }

  protected override restore(saved: FitState): Promise<void> {
    return restoreFit(this, saved);
  }

  /**
   * Trains with the 1cycle policy: the learning rate rises to `lrMax` and falls to almost zero along cosines, while the
   * momentum falls and rises.
   *
   * The high rate in the middle regularizes, the low rate at the end converges: good results in few epochs.
   *
   * Source: Smith and Topin 2018; fastai `callback/schedule.py`, `fit_one_cycle`.
   *
   * @param lrMax The highest rate, or a `slice` over the parameter groups (default: the learner's).
   * @throws LearnerError when a rate is not positive.
   * @throws ArgumentError when a number of epochs is not an integer ≥ 0.
   */
  fitOneCycle(nEpoch: number, lrMax?: LearningRate, options?: FitOneCycleOptions<X, Y>): Promise<void> {
    return fitOneCycle(this, nEpoch, lrMax, options);
  }

  /**
   * Trains at a constant learning rate, then decays it along a cosine to almost zero.
   *
   * Suits optimizers that need no warmup, such as `ranger`.
   *
   * Source: fastai `callback/schedule.py`, `fit_flat_cos`.
   *
   * @param lr The rate, or a `slice` over the parameter groups (default: the learner's).
   * @throws LearnerError when a rate is not positive.
   * @throws ArgumentError when a number of epochs is not an integer ≥ 0.
   */
  fitFlatCos(nEpoch: number, lr?: LearningRate, options?: FitFlatCosOptions<X, Y>): Promise<void> {
    return fitFlatCos(this, nEpoch, lr, options);
  }

  /**
   * Trains in cycles that each start at `lrMax` and decay to 0 along a cosine: stochastic gradient descent with warm
   * restarts.
   *
   * Source: Loshchilov and Hutter 2017; fastai `callback/schedule.py`, `fit_sgdr`.
   *
   * @param cycleLen Number of epochs in the first cycle.
   * @param lrMax The rate at the start of a cycle, or a `slice` over the parameter groups (default: the learner's).
   * @throws LearnerError when a rate is not positive.
   * @throws ArgumentError when a number of cycles or epochs is not an integer ≥ 0.
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
   * Fine-tunes a pretrained model: trains the last parameter group with the others frozen, then all groups for
   * `epochs` epochs, with lower rates for earlier groups and half of `baseLr` for the last. Both use `fitOneCycle`.
   *
   * Source: fastai `callback/schedule.py`, `fine_tune`.
   *
   * @param baseLr The highest rate of the last group while the others are frozen (default 2e-3).
   * @param options `pctStart` (default 0.3) and `div` (default 5) apply to the second part.
   */
  fineTune(epochs: number, baseLr?: number, options?: FineTuneOptions<X, Y>): Promise<void> {
    return fineTune(this, epochs, baseLr, options);
  }

  /**
   * Suggests a learning rate: trains for `numIt` batches while the rate grows from `startLr` to `endLr`, analyzes the
   * smoothed loss, and restores the model and the optimizer.
   *
   * `learn.recorder.plotLrFind()` plots the loss. The first tenth of the batches and the last five are ignored, and so
   * are all batches from the first NaN loss on.
   *
   * Source: fastai `callback/schedule.py`, `lr_find`.
   *
   * @returns One rate per function in `suggestFuncs`.
   * @throws LearnerError when a rate is not positive, or there are too few losses.
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
   * Freezes the parameter groups before index `n`, which counts from the end when negative, and clears the optimizer's
   * state. Norm layers in frozen groups remain trainable if `trainBn`.
   *
   * Source: fastai `learner.py`, `freeze_to`.
   *
   * @throws ArgumentError when `n` is not an integer.
   */
  freezeTo(n: number): void {
    this.opt.freezeTo(n);
    this.opt.clearState();
  }

  /** Freezes all parameter groups except the last. */
  freeze(): void {
    this.freezeTo(-1);
  }

  /** Unfreezes all parameter groups. */
  unfreeze(): void {
    this.freezeTo(0);
  }

  /**
   * Computes the loss and metrics on a set, in the order of `recorder.metricNames`.
   *
   * Source: fastai `learner.py`, `validate`.
   */
  validate(options?: ValidateOptions<X, Y>): Promise<(number | null)[]> {
    return validate(this, options);
  }

  /**
   * Runs `work`, which validates with `validateEpoch`, between the events of a one-epoch fit, without the epoch table.
   *
   * @param inner Whether it runs within another run, whose events it does not repeat.
   */
  validating<T>(callbacks: CallbacksFor<X, Y>, inner: boolean, work: () => Promise<T>): Promise<T> {
    return validating(this, callbacks, inner, work);
  }

  /**
   * Predictions and targets of all items of a set, in order. The tensors belong to the caller. Predictions that are NaN or
   * infinite are returned, and their number is logged.
   *
   * Source: fastai `learner.py`, `get_preds`.
   *
   * @param options.dl A source of batches to use instead of the data's, such as `dls.testDl(items)`.
   * @throws ItemError when an item cannot be loaded, unless `unreadable` is `'nan'`: there is one row per item.
   * @throws LearnerError when there are no items, or when `withLoss` is set and the loss cannot return per-item losses.
   * @example
   * const [preds, targs, losses] = await learn.getPreds({ withLoss: true });
   * const [ofTraining] = await learn.getPreds({ split: 'train', augment: false });
   */
  getPreds<
    Source extends BatchSource<X, unknown> = BatchSource<X, Y>,
    WithInput extends boolean = false,
    WithDecoded extends boolean = false,
    WithLoss extends boolean = false,
  >(
    options?: GetPredsOptions<X, Y, Source, WithInput, WithDecoded, WithLoss>,
  ): Promise<Preds<X, TargetsIn<Source>, WithInput, WithDecoded, WithLoss>> {
    return getPreds(this, options);
  }

  /**
   * Predicts one item, which can be an item of the data block or anything that its input block accepts, such
   * as an image's path, the bytes of its file, or its pixels as a tensor.
   *
   * Concurrent calls, as in a server, are queued.
   *
   * Source: fastai `learner.py`, `predict`.
   *
   * @throws QueueFullError when more than 100 predictions (`predictionQueue.limit`) are queued.
   * @throws BusyError during a fit or a validation, and in a callback of another prediction.
   * @throws NonFiniteError when the model's output has values that are NaN or infinite, naming the item and the cause.
   * @throws LearnerError when the learner's data is not a `DataLoaders`, which can convert an item to an input.
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
   * Predicts several items, with the same results as `predict`, in batches.
   *
   * @throws ItemError when an item cannot be read.
   * @throws NonFiniteError when the model's output for an item has values that are NaN or infinite.
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
   * Test-time augmentation: predictions averaged over several augmented versions of each item.
   *
   * Each item is predicted `n` times with the training transforms and once with the validation transforms. It costs
   * `n + 1` passes and usually improves accuracy, for instance because random crops cover the whole image.
   *
   * Source: fastai `learner.py`, `tta`.
   *
   * @returns Predictions (after the loss's activation) and targets, which belong to the caller; with `beta: null` the
   * first is a pair: predictions with augmentation and without.
   * @throws LearnerError when the source is not a `DataLoader`, whose transforms can be replaced.
   * @example
   * const [preds, targs] = await learn.tta();
   * accuracy(preds, targs).print();
   */
  tta<Source extends DataLoader<X, unknown> = DataLoader<X, Y>>(
    options: TtaOptions<Source> & { beta: null },
  ): Promise<[preds: [tf.Tensor, tf.Tensor], targs: TargetsIn<Source>]>;
  tta<Source extends DataLoader<X, unknown> = DataLoader<X, Y>>(
    options?: TtaOptions<Source>,
  ): Promise<[preds: tf.Tensor, targs: TargetsIn<Source>]>;
  tta<Source extends DataLoader<X, unknown> = DataLoader<X, Y>>(
    options?: TtaOptions<Source>,
  ): Promise<[preds: tf.Tensor | [tf.Tensor, tf.Tensor], targs: TargetsIn<Source>]> {
    return tta(this, options);
  }

  /**
   * A figure of some items with their targets and predictions. Labels are stacked, green if equal and red if not;
   * masks, points and boxes are shown side by side.
   *
   * Source: fastai `learner.py`, `show_results`.
   *
   * @throws LearnerError when the data is not a `DataLoader`, or its items cannot be shown as images.
   * @example
   * await (await learn.showResults()).save('results.png');
   */
  showResults(options?: ShowResultsOptions<X, Y>): Promise<Figure> {
    return showResults(this, options);
  }

  /**
   * A table of the model's layers with their output shapes for one batch, their numbers of parameters, and
   * whether they are trainable, followed by the totals, the optimizer, the loss and the callbacks.
   *
   * Source: fastai `callback/hook.py`, `summary`.
   *
   * @throws LearnerError when there is no training data to run through the model.
   * @example
   * console.log(await learn.summary());
   */
  summary(): Promise<string> {
    return summary(this);
  }

  /**
   * Saves the model and the optimizer's state to `path/modelDir/file.safetensors` atomically.
   *
   * The model's tensors have PyTorch's names and layouts; names of optimizer tensors start with `optimizer.`.
   *
   * Source: fastai `learner.py`, `save`.
   *
   * @returns The file's path.
   */
  save(file: string, options?: SaveOptions): Promise<string> {
    return saveModel(this, file, options);
  }

  /**
   * Loads a file written by {@link save}.
   *
   * Source: fastai `learner.py`, `load`.
   *
   * @throws FasttsError when the file does not exist; FileFormatError when it is damaged; StateDictError or ShapeError
   * when it does not match the model.
   */
  load(file: string, options?: LoadOptions): Promise<void> {
    return loadModel(this, file, options);
  }

  /**
   * Exports everything needed for prediction to `path/file.safetensors` atomically: the model, the vocabulary, the
   * transforms and the loss. `loadLearner` reads it.
   *
   * The file holds tensors with PyTorch's names and layouts; its metadata holds JSON with the names and arguments
   * of registered components; see `registered`. It contains no code and no items.
   *
   * In a page it is offered to the user as a download.
   *
   * Source: fastai `learner.py`, `export`, which writes a pickle.
   *
   * @param file The name within `path`, or an absolute path (default `export`).
   * @returns The file's path; in a page its name.
   * @throws RegistryError naming the model, block or transform that is not registered.
   * @throws LearnerError when the data is not a `DataLoaders`, or the model was changed after its factory created it.
   * @throws NonFiniteError when weights are NaN or infinite; `save` keeps such a model.
   */
  export(file?: string): Promise<string> {
    return exportLearner(this, file);
  }

  /**
   * The file that `export` writes, such as to upload it.
   *
   * @throws RegistryError, LearnerError and NonFiniteError as `export` does.
   * @example
   * await fetch('/models/latest', { method: 'PUT', body: await learn.exportBlob() });
   */
  exportBlob(): Promise<Blob> {
    return exportBlob(this);
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

  /**
   * Runs `work`, such as a fit, a validation or a prediction, and throws at the first batch in which a value becomes NaN or
   * infinite, with the layer where it begins: its name, the shapes, and what its input is like.
   *
   * Every module's output, and in training its gradient, is read and examined, which is slow.
   *
   * Source: PyTorch `torch.autograd.detect_anomaly`.
   *
   * @throws AnomalyError naming the layer, the batch and its items. The model is as before the batch.
   * @example
   * await learn.detectAnomaly(() => learn.fitOneCycle(1, 3e-3));
   */
  detectAnomaly<T>(work: () => Promise<T>): Promise<T> {
    return this.addedCbs(new AnomalyDetection(), work);
  }

  /** Runs `work` without the epoch table. */
  noLogging<T>(work: () => Promise<T>): Promise<T> {
    return temporarily(this, 'logger', null, work);
  }

  /**
   * Runs `work` with an unreduced loss, which returns one loss per item rather than their mean or sum.
   *
   * Source: fastai `learner.py`, `loss_not_reduced`.
   *
   * @throws LearnerError when the loss has no `reduction`.
   */
  async lossNotReduced<T>(work: () => Promise<T>): Promise<T> {
    const { lossFunc } = this;
    checkReducible(lossFunc, 'lossNotReduced');
    return temporarily(lossFunc, 'reduction', 'none', work);
  }
}
