import {
  checkInteger,
  ensureEngine,
  explainOutOfMemory,
  gradients,
  log,
  type Module,
  type NotInferred,
  type OneOrMany,
  toList,
} from '@fastts/core';
import type { Batch } from '@fastts/data';
import * as tf from '@tensorflow/tfjs-core';
import { defaultCallbacks } from '../callbacks/defaultCallbacks.js';
import { type Cell, tableWriter } from '../callbacks/loggers/epochTable.js';
import { Recorder } from '../callbacks/loggers/recorder.js';
import { SkipToEpoch } from '../callbacks/training/skipToEpoch.js';
import type { FitState } from '../checkpoints/fitState.js';
import { savedFit } from '../checkpoints/savedFit.js';
import { BusyError, LearnerError } from '../errors.js';
import type { FitOptions, LearnerOptions } from '../learnerOptions.js';
import { defaultLoss } from '../losses/defaultLoss.js';
import { type Loss, type LossFunction, lossOf } from '../losses/loss.js';
import { type MetricLike, toMetric } from '../metrics/avgMetric.js';
import type { Metric } from '../metrics/metric.js';
import { Adam } from '../optimizers/adam.js';
import type { OptFunc, Optimizer, ParameterGroups } from '../optimizers/optimizer.js';
import { normAndBiasParameters, trainableParams } from '../optimizers/parameterGroups.js';
import { checkLearningRate, type LearningRate } from '../schedules/learningRate.js';
import { type BatchSource, type LearnerData, sourceOf } from './batch.js';
import type { CallbacksFor } from './callback.js';
import {
  CancelBackward,
  CancelBatch,
  CancelEpoch,
  CancelFit,
  CancelStep,
  CancelTrain,
  CancelValid,
} from './cancel.js';
import { LoopState } from './loopState.js';
import { passOver } from './sourcePass.js';
import { temporarily } from './temporarily.js';

/**
 * The training loop: training, validation, and the events that callbacks handle. A {@link Learner} adds to it
 * everything built on the loop, such as schedules and predictions.
 *
 * Source: fastai `learner.py`.
 */
export abstract class TrainingLoop<X, Y, D extends LearnerData<X, Y>> extends LoopState<X, Y> {
  /** The data; may be reassigned between fits. */
  dls: D;
  lossFunc: Loss | LossFunction;
  readonly optFunc: OptFunc;
  readonly lr: LearningRate;
  readonly splitter: (model: Module) => ParameterGroups;
  readonly path: string;
  readonly modelDir: string;
  readonly wd: number | undefined;
  readonly wdBnBias: boolean;
  readonly trainBn: boolean;
  readonly moms: readonly [number, number, number];
  /** Receives the rows of the epoch table; `null` for no output. */
  logger: ((row: readonly Cell[]) => void) | null = tableWriter();
  /** Whether progress bars are shown. */
  showBar = true;
  /** The batches of the current pass. */
  dl: BatchSource<X, Y>;

  readonly #model: Module;
  private optimizer: Optimizer | null = null;
  private disposed = false;
  #metrics: readonly Metric[] = [];
  private nesting = 0;

  /**
   * @param dls Training and validation data.
   * @throws LearnerError when a learning rate is not positive, or the data has no default loss and none is given.
   */
  constructor(
    dls: D & LearnerData<X, Y>,
    model: Module,
    options: LearnerOptions<NotInferred<X>, NotInferred<Y>> = {},
  ) {
    super();
    this.#model = model;
    const { optFunc = Adam, lr = 1e-3, splitter = trainableParams, cbs = [], metrics = [] } = options;
    checkLearningRate(lr);
    this.dls = dls;
    this.dl = dls.train;
    model.materialize(); // so that memory left over from training can be detected
    this.lossFunc = options.lossFunc ?? defaultLoss(dls);
    this.optFunc = optFunc;
    this.lr = lr;
    this.splitter = splitter;
    this.metrics = metrics;
    this.path = options.path ?? dls.path ?? '.';
    this.modelDir = options.modelDir ?? 'models';
    this.wd = options.wd;
    this.wdBnBias = options.wdBnBias ?? false;
    this.trainBn = options.trainBn ?? true;
    this.moms = options.moms ?? [0.95, 0.85, 0.95];
    this.addCbs([...defaultCallbacks(), ...toList(cbs)]);
    this.fireSync('afterCreate');
  }

  /**
   * Trains for `nEpoch` epochs and validates after each. `Callback` shows the loop as pseudocode.
   *
   * @param lr The learning rate, or a `slice` over the parameter groups (default: the learner's).
   * @throws LearnerError when a learning rate is not positive, or the data lacks one of both sets, or `resume` has checkpoints of
   *   another fit.
   * @throws ArgumentError when a number of epochs is not an integer ≥ 0.
   * @throws InterruptedError when a signal ends it and not the process; see `InterruptCallback`.
   */
  async fit(nEpoch: number, lr: LearningRate = this.lr, options: FitOptions<X, Y> = {}): Promise<void> {
    const { wd = this.wd, cbs = [], resetOpt = false, startEpoch = 0, resume } = options;
    checkInteger('nEpoch', nEpoch, { min: 0 });
    checkInteger('startEpoch', startEpoch, { min: 0 });
    checkLearningRate(lr);
    sourceOf(this.dls, 'train');
    sourceOf(this.dls, 'valid');
    await this.running([...toList(cbs), new SkipToEpoch(startEpoch)], false, async () => {
      if (resetOpt) this.createOpt();
      if (wd !== undefined) this.opt.setHyper('wd', wd);
      this.opt.setHyper('lr', lr);
      this.nEpoch = nEpoch;
      this.resume = resume;
      const saved = resume === undefined ? null : await savedFit(resume, this);
      if (saved === 'done') return;
      await temporarily(this, 'fitting', true, () =>
        this.withEvents('Fit', CancelFit, () => this.allEpochs(saved)),
      );
    });
  }

  private async allEpochs(saved: FitState | null): Promise<void> {
    if (saved && !saved.within) await this.restore(saved);
    const first = saved?.epoch ?? 0;
    for (let epoch = first; epoch < this.nEpoch; epoch++) {
      this.epoch = epoch;
      await this.withEvents('Epoch', CancelEpoch, async () => {
        await this.trainEpoch(saved?.within && epoch === first ? saved : null);
        await this.validateEpoch(this.dls.valid);
      });
    }
  }

  /** @param saved A state within the epoch, from which its training continues. */
  private async trainEpoch(saved: FitState | null): Promise<void> {
    this.dl = this.dls.train;
    await this.withEvents('Train', CancelTrain, async () => {
      // After the callbacks have prepared for the epoch, so that they end up in the saved state.
      if (saved) await this.restore(saved);
      await this.allBatches(saved?.within);
      if (this.iter === 0) log('The training data has no batches: nothing is trained in this epoch.');
    });
  }

  /** A pass over `dl` with the validation events. */
  async validateEpoch(dl: BatchSource<X, Y>): Promise<void> {
    this.dl = dl;
    await this.withEvents('Validate', CancelValid, () => this.allBatches());
  }

  private async allBatches(within?: FitState['within']): Promise<void> {
    this.nIter = this.dl.length;
    this.iter = within?.iter ?? 0;
    const pass = passOver(this.dl, within?.pass);
    await temporarily(this, 'pass', pass, async () => {
      for await (const batch of pass) {
        await this.oneBatch(batch);
        this.iter++;
      }
    });
  }

  /** Resumes the fit from a saved state. */
  protected abstract restore(saved: FitState): Promise<void>;

  private async oneBatch(batch: Batch<X, Y>): Promise<void> {
    this.beginBatch(batch);
    try {
      await this.withEvents('Batch', CancelBatch, async () => {
        if (this.training && this.targets.length > 0) await this.trainOnBatch();
        else tf.tidy(() => this.forward());
      });
    } catch (error) {
      throw explainOutOfMemory(error, this.inputs[0]?.shape[0] ?? 0);
    } finally {
      this.endBatch();
    }
  }

  private async trainOnBatch(): Promise<void> {
    try {
      this.backward();
    } catch (error) {
      if (!(error instanceof CancelBackward)) throw error;
      await this.fire('afterCancelBackward');
    }
    await this.fire('afterBackward');
    await this.withEvents('Step', CancelStep, () => this.opt.step(this.grads));
    this.zeroGrad();
  }

  /** Forward, loss and gradient, which must be synchronous. */
  private backward(): void {
    const trained = this.opt.parameters.filter((parameter) => parameter.requiresGrad);
    if (trained.length === 0) {
      throw new LearnerError('There is nothing to train: all parameters are frozen. Call unfreeze() first.');
    }
    const recorded = () => {
      this.forward();
      this.fireSync('beforeBackward');
      return checkLoss(this.lossGrad);
    };
    const { gradients: found } = gradients(recorded, trained);
    if (found.size === 0) {
      throw new LearnerError('The loss does not depend on any trainable parameter: compute it from `pred`.');
    }
    for (const [parameter, gradient] of found) {
      const earlier = this.grads.get(parameter);
      this.grads.set(parameter, earlier ? tf.add(earlier, gradient) : gradient);
      if (earlier) tf.dispose([earlier, gradient]);
    }
  }

  private forward(): void {
    const [input, ...rest] = this.inputs;
    this.pred = this.model.forward(input!, ...rest);
    this.fireSync('afterPred');
    if (this.targets.length > 0) this.loss = lossOf(this.lossFunc, this.pred, this.targets);
    this.fireSync('afterLoss');
  }

  /**
   * The model.
   *
   * @throws LearnerError after `dispose`.
   */
  get model(): Module {
    this.checkNotDisposed();
    return this.#model;
  }

  /** The metrics of the epoch table. Functions are averaged over all items. May be reassigned between fits. */
  get metrics(): readonly Metric[] {
    return this.#metrics;
  }

  set metrics(metrics: OneOrMany<MetricLike>) {
    this.#metrics = toList(metrics).map(toMetric);
  }

  /** The optimizer, created by `optFunc` on first access. */
  get opt(): Optimizer {
    return this.optimizer ?? this.createOpt();
  }

  /** Replaces the optimizer with a new one. */
  createOpt(): Optimizer {
    this.optimizer?.clearState();
    const opt = this.optFunc(this.splitter(this.model), { lr: this.lr });
    if (!this.wdBnBias) for (const p of normAndBiasParameters(this.model)) opt.noDecay.add(p);
    if (this.trainBn)
      for (const p of normAndBiasParameters(this.model, { bias: false })) opt.forceTrain.add(p);
    this.optimizer = opt;
    return opt;
  }

  /** Whether the optimizer has been created. */
  get hasOpt(): boolean {
    return this.optimizer !== null;
  }

  /** The callback that records losses, rates and metrics. */
  get recorder(): Recorder {
    const recorder = this.cb(Recorder);
    if (!recorder) throw new LearnerError('The learner has no Recorder: it was removed from its callbacks.');
    return recorder;
  }

  /** Whether `dispose` was called. */
  get isDisposed(): boolean {
    return this.disposed;
  }

  /**
   * Frees the memory of the model, the optimizer, the metrics and what the callbacks keep, such as collected batches. The
   * learner cannot be used afterwards, except that its `recorder` can be read. Further calls have no effect.
   *
   * The data still belongs to the caller: loaders keep no tensors, and their cache of decoded images may serve the next
   * learner. So do tensors that the learner returned. It is also the method that `using` calls.
   *
   * @param options.model Whether to free the model (default true): false if something else still uses it.
   * @throws BusyError when a fit, validation or prediction has not ended.
   * @example
   * for (const [train, valid] of folds) {
   *   using learn = visionLearner(await dataOf(train, valid), resnet18, { metrics: accuracy });
   *   await learn.fineTune(3);
   *   results.push(await learn.validate());
   * } // each fold's memory is free here
   */
  dispose({ model = true }: DisposeOptions = {}): void {
    if (this.disposed) return;
    this.checkIsIdle();
    for (const callback of this.cbs) callback.dispose?.();
    for (const metric of this.metrics) metric.dispose();
    this.zeroGrad();
    this.optimizer?.clearState();
    this.optimizer = null;
    if (model) this.#model.dispose();
    this.disposed = true;
  }

  /** The same as `dispose()`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  private checkNotDisposed(): void {
    if (!this.disposed) return;
    throw new LearnerError(
      'The learner was disposed of and cannot be used any more: create a new one, or call dispose() later.',
    );
  }

  /**
   * @throws BusyError when a fit, validation or prediction has not ended.
   * @throws LearnerError after `dispose`.
   */
  checkIsIdle(): void {
    this.checkNotDisposed();
    if (this.nesting === 0) return;
    throw new BusyError('The learner is busy: await its last fit, validation or prediction before the next.');
  }

  /**
   * Runs `work` on a started engine with additional temporary callbacks, and always cleans up afterwards.
   *
   * @param inner Whether it runs within another run, such as prediction within a fit.
   * @throws BusyError when the learner is in use and `inner` is false.
   */
  async running<T>(callbacks: CallbacksFor<X, Y>, inner: boolean, work: () => Promise<T>): Promise<T> {
    if (!inner) this.checkIsIdle();
    const outermost = this.nesting++ === 0;
    try {
      await ensureEngine();
      return await this.addedCbs(callbacks, async () => {
        try {
          return await work();
        } finally {
          const ending = outermost ? [...this.cbs] : toList(callbacks);
          await Promise.all(ending.map((callback) => callback.cleanUp?.()));
        }
      });
    } finally {
      this.nesting--;
      if (outermost) this.zeroGrad();
    }
  }
}

/** Options of `Learner.dispose`. */
export interface DisposeOptions {
  /** Whether to free the model (default true). */
  model?: boolean;
}

declare global {
  interface SymbolConstructor {
    /** As TypeScript 5.2 and later declare it, for earlier versions and for projects without `esnext.disposable`. */
    readonly dispose: unique symbol;
  }
}

function checkLoss(loss: tf.Tensor): tf.Tensor {
  if (loss.size === 1) return loss;
  throw new LearnerError(
    `The training loss must be a scalar, got shape [${loss.shape}]: use a loss that returns the mean.`,
  );
}
