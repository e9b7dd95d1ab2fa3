import type * as Os from 'node:os';
import { nodePackage } from '@fastts/core';
import { fileTime } from '../records/fileTime.js';
import { SummaryWriter } from '../tensorboard/summaryWriter.js';
import { ExperimentLogger, type LoggedBatch } from './experimentLogger.js';
import { samplePredictions } from './samplePredictions.js';

/** Settings of {@link TensorBoardCallback}. */
export interface TensorBoardOptions {
  /** The folder for event files (default one in `runs` named after the fit's time and the machine). */
  logDir?: string;
  /** Whether to log pictures of the validation set with what the model says of them after each epoch (default true). */
  logPreds?: boolean;
  /** Of how many items (default 9). */
  nPreds?: number;
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

  constructor(options: TensorBoardOptions = {}) {
    super();
    this.options = options;
  }

  override async beforeFit(): Promise<void> {
    await super.beforeFit();
    const { hostname } = nodePackage<typeof Os>('node:os');
    this.writer = await SummaryWriter.open(this.options.logDir ?? `runs/${fileTime()}_${hostname()}`);
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
}
