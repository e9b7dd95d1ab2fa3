import { type Module, node } from '@fastts/core';
import { resultGrid } from '../../interpretation/resultGrid.js';
import { Callback } from '../../loop/callback.js';
import { ExperimentLogger, type LoggedBatch } from './experimentLogger.js';
import { fileTime } from './records/fileTime.js';
import { samplePredictions } from './samplePredictions.js';
import { ProjectorFeatures } from './tensorboard/projectorFeatures.js';
import { SummaryWriter } from './tensorboard/summaryWriter.js';

/** Options of {@link TensorBoardCallback}. */
export interface TensorBoardOptions {
  /** The folder for event files (default: one in `runs` named after the fit's time and the machine). */
  logDir?: string;
  /** Whether to log images of validation items with their predictions after each epoch (default true). */
  logPreds?: boolean;
  /** Number of items to log (default 9). */
  nPreds?: number;
  /** Whether to write `layer`'s outputs for the validation set for the projector at each validation (default false). */
  projector?: boolean;
  /** The layer (default: the second of the model's head, as in a `visionLearner` model). */
  layer?: Module;
}

/**
 * Logs a fit for TensorBoard: smoothed training loss and hyperparameters per batch; validation loss, metrics and
 * images with predictions per epoch. `tensorboard --logdir runs` shows them during training.
 *
 * The model's graph is not logged: TensorFlow.js executes eagerly and builds none.
 *
 * Source: fastai `callback/tensorboard.py`, `TensorBoardCallback`.
 *
 * @example
 * await learn.fitOneCycle(5, 3e-3, { cbs: new TensorBoardCallback() });
 */
export class TensorBoardCallback extends ExperimentLogger {
  static override readonly name: string = 'TensorBoardCallback';

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

  /** @throws LearnerError when the projector is requested without a layer, and the model has no head. */
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
    this.disposeFeatures();
  }

  override cleanUp(): void {
    super.cleanUp();
    this.disposeFeatures();
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
    if (samples) await writer!.addFigure('Sample results', await resultGrid(samples, {}), learn.trainIter);
    await writer!.flush();
  }

  override async afterFit(): Promise<void> {
    await super.afterFit();
    await this.writer?.flush(); // an epoch that was canceled may have left some
  }

  private disposeFeatures(): void {
    this.features?.dispose();
    this.features = null;
  }
}

/** Options of {@link TensorBoardProjectorCallback}. */
export type TensorBoardProjectorOptions = Pick<TensorBoardOptions, 'logDir' | 'layer'>;

/**
 * Writes a layer's outputs for each item of a separate validation or prediction for TensorBoard's projector,
 * with the item's image and class, to show which items the model considers similar.
 *
 * Source: fastai `callback/tensorboard.py`, `TensorBoardProjectorCallback`.
 *
 * @example
 * await learn.getPreds({ cbs: new TensorBoardProjectorCallback() });
 */
export class TensorBoardProjectorCallback extends Callback {
  static override readonly name: string = 'TensorBoardProjectorCallback';
  override order = 51;
  override removeOnFetch = true;
  private readonly options: TensorBoardProjectorOptions;
  private features: ProjectorFeatures | null = null;

  constructor(options: TensorBoardProjectorOptions = {}) {
    super();
    this.options = options;
  }

  /** @throws LearnerError when no layer is given, and the model has no head. */
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

/** A folder named after the time and the machine, like PyTorch's. */
function defaultLogDir(): string {
  return `runs/${fileTime()}_${node.os.hostname()}`;
}
