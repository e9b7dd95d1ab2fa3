import type * as Os from 'node:os';
import { type Module, nodePackage } from '@fastts/core';
import { Callback } from '../../loop/callback.js';
import { ExperimentLogger, type LoggedBatch } from './experimentLogger.js';
import { fileTime } from './records/fileTime.js';
import { samplePredictions } from './samplePredictions.js';
import { ProjectorFeatures } from './tensorboard/projectorFeatures.js';
import { SummaryWriter } from './tensorboard/summaryWriter.js';

/** Settings of {@link TensorBoardCallback}. */
export interface TensorBoardOptions {
  /** The folder for event files (default one in `runs` named after the fit's time and the machine). */
  logDir?: string;
  /** Whether to log pictures of the validation set with what the model says of them after each epoch (default true). */
  logPreds?: boolean;
  /** Of how many items (default 9). */
  nPreds?: number;
  /** Whether to write what `layer` gives for the validation set's items for the projector at each validation (default false). */
  projector?: boolean;
  /** The layer (default the second of the model's head, as in a model of `visionLearner`). */
  layer?: Module;
}

/**
 * Logs a fit for TensorBoard: smoothed training loss and hyper-parameters of each batch; validation loss, metrics and
 * pictures with predictions of each epoch. `tensorboard --logdir runs` shows them while it trains.
 *
 * The model's graph is not logged: TensorFlow.js runs operations as they come and builds none.
 *
 * Source: fastai `callback/tensorboard.py`, `TensorBoardCallback`.
 *
 * @example
 * await learn.fitOneCycle(5, 3e-3, { cbs: new TensorBoardCallback() });
 */
export class TensorBoardCallback extends ExperimentLogger {
  private readonly options: TensorBoardOptions;
  private writer: SummaryWriter | null = null;
  private features: ProjectorFeatures | null = null;

  constructor(options: TensorBoardOptions = {}) {
    super();
    this.options = options;
  }

  override async beforeFit(): Promise<void> {
    await super.beforeFit();
    this.writer = await SummaryWriter.open(this.options.logDir ?? defaultLogDir());
  }

  /** @throws LearnerError when the projector is asked for without a layer, and the model has no head */
  override beforeValidate(): void {
    const { projector = false, layer } = this.options;
    if (projector) this.features = new ProjectorFeatures(this.learn, layer);
  }

  override async afterBatch(): Promise<void> {
    await super.afterBatch();
    await this.features?.add();
  }

  override async afterValidate(): Promise<void> {
    await this.features?.write(this.writer!, this.learn.trainIter);
    this.letGoOfFeatures();
  }

  override cleanUp(): void {
    super.cleanUp();
    this.letGoOfFeatures();
  }

  protected override async logBatches(batches: readonly LoggedBatch[]): Promise<void> {
    const writer = this.writer!;
    for (const { step, wallTime, smoothLoss, hypers } of batches) {
      for (const [name, value] of Object.entries({ train_loss: smoothLoss, ...hypers })) {
        writer.addScalar(name, value, step, wallTime);
      }
    }
    await writer.flush();
  }

  override async afterEpoch(): Promise<void> {
    const { writer, learn } = this;
    for (const [name, value] of this.epochValues) writer!.addScalar(name, value, learn.trainIter);
    const { logPreds = true, nPreds = 9 } = this.options;
    const samples = logPreds ? await samplePredictions(learn, nPreds) : null;
    if (samples) await writer!.addFigure('Sample results', samples, learn.trainIter);
    await writer!.flush();
  }

  private letGoOfFeatures(): void {
    this.features?.dispose();
    this.features = null;
  }
}

/** Settings of {@link TensorBoardProjectorCallback}. */
export type TensorBoardProjectorOptions = Pick<TensorBoardOptions, 'logDir' | 'layer'>;

/**
 * Writes what a layer gives for each item of a validation or prediction outside of a fit for TensorBoard's projector,
 * with the item's picture and class: which items the model finds alike.
 *
 * Source: fastai `callback/tensorboard.py`, `TensorBoardProjectorCallback`.
 *
 * @example
 * await learn.getPreds({ cbs: new TensorBoardProjectorCallback() });
 */
export class TensorBoardProjectorCallback extends Callback {
  override order = 51;
  override removeOnFetch = true;
  private readonly options: TensorBoardProjectorOptions;
  private features: ProjectorFeatures | null = null;

  constructor(options: TensorBoardProjectorOptions = {}) {
    super();
    this.options = options;
  }

  /** @throws LearnerError when no layer is given, and the model has no head */
  override beforeValidate(): void {
    if (!this.learn.fitting) this.features = new ProjectorFeatures(this.learn, this.options.layer);
  }

  override async afterBatch(): Promise<void> {
    await this.features?.add();
  }

  override async afterValidate(): Promise<void> {
    if (!this.features) return;
    const writer = await SummaryWriter.open(this.options.logDir ?? defaultLogDir());
    await this.features.write(writer, 0);
    this.cleanUp();
  }

  override cleanUp(): void {
    this.features?.dispose();
    this.features = null;
  }
}

/** A folder named after the time and the machine, as PyTorch's is. */
function defaultLogDir(): string {
  return `runs/${fileTime()}_${nodePackage<typeof Os>('node:os').hostname()}`;
}
