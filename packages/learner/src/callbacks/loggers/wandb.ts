import { checkInteger, nameOf } from '@fastts/core';
import { DataLoader } from '@fastts/data';
import type { AnyLearner } from '../../learner.js';
import { ExperimentLogger, type LoggedBatch } from './experimentLogger.js';
import { samplePredictions } from './samplePredictions.js';
import type { WandbRun } from './wandb/wandbRun.js';

/** Options of {@link WandbCallback}. */
export interface WandbOptions {
  /** Whether to log images of validation items with their predictions (default true). */
  logPreds?: boolean;
  /** Whether to do so after every epoch, rather than at the end of the fit (default false). */
  logPredsEveryEpoch?: boolean;
  /** Number of items to log (default 36). */
  nPreds?: number;
}

/**
 * Logs a fit for Weights & Biases: losses and hyperparameters per batch, metrics per epoch, and images with
 * predictions. The run is written to disk, and uploaded with `wandb sync`.
 *
 * fastai logs predictions as a table, and can upload gradients, models and data sets; this callback logs predictions as
 * one image, and omits the rest.
 *
 * Source: fastai `callback/wandb.py`, `WandbCallback`.
 *
 * @example
 * const run = await WandbRun.init({ project: 'pets' });
 * await learn.fitOneCycle(5, 3e-3, { cbs: new WandbCallback(run) });
 * await run.finish();
 */
export class WandbCallback extends ExperimentLogger {
  static override readonly name: string = 'WandbCallback';

  private readonly wandbRun: WandbRun;
  private readonly logPreds: boolean;
  private readonly logPredsEveryEpoch: boolean;
  private readonly nPreds: number;
  /** The step of the fit's first batch. */
  private firstStep = 0;
  /** Number of epochs logged by earlier fits. */
  private epochsBefore = 0;

  /** @param run The run to log to; it belongs to the caller, who finishes it. */
  constructor(
    run: WandbRun,
    { logPreds = true, logPredsEveryEpoch = false, nPreds = 36 }: WandbOptions = {},
  ) {
    super();
    checkInteger('nPreds', nPreds, { min: 1 });
    this.wandbRun = run;
    this.logPreds = logPreds;
    this.logPredsEveryEpoch = logPredsEveryEpoch;
    this.nPreds = nPreds;
  }

  override async beforeFit(): Promise<void> {
    await super.beforeFit();
    this.firstStep = this.wandbRun.step;
    this.wandbRun.updateConfig(settings(this.learn));
  }

  protected override async logBatches(batches: readonly LoggedBatch[]): Promise<void> {
    for (const { step, epoch, duration, size, rawLoss, smoothLoss, hypers } of batches) {
      const values = {
        epoch: this.epochsBefore + epoch,
        train_loss: smoothLoss,
        raw_loss: rawLoss,
        train_samples_per_sec: size / duration,
        ...hypers,
      };
      this.wandbRun.log(values, this.firstStep + step - 1);
    }
    await this.wandbRun.flush();
  }

  override async afterEpoch(): Promise<void> {
    const epoch = this.epochsBefore + this.learn.epoch + 1;
    this.wandbRun.log({ epoch, ...Object.fromEntries(this.epochValues) }, this.lastStep);
    if (this.logPredsEveryEpoch) await this.logSamples();
  }

  override async afterFit(): Promise<void> {
    await super.afterFit();
    if (!this.logPredsEveryEpoch) await this.logSamples();
    // Completes the last row, so that a later fit starts with the next one.
    this.wandbRun.log({});
    await this.wandbRun.flush();
    this.epochsBefore += this.learn.epoch + 1;
  }

  private get lastStep(): number {
    return this.firstStep + Math.max(0, this.learn.trainIter - 1);
  }

  private async logSamples(): Promise<void> {
    const samples = this.logPreds ? await samplePredictions(this.learn, this.nPreds) : null;
    if (samples) await this.wandbRun.logFigure('Prediction_Samples', samples, this.lastStep);
  }
}

/** The configuration of a fit, with fastai's names where it has them. */
function settings({ dls, model, opt, lossFunc, optFunc, nEpoch, cbs }: AnyLearner): Record<string, unknown> {
  const sizes = model.parameters().map(({ value }) => value.size);
  return {
    epochs: nEpoch,
    'loss function': nameOf(lossFunc),
    optimizer: nameOf(optFunc),
    callbacks: cbs.map(nameOf),
    ...(dls.train instanceof DataLoader && { 'batch size': dls.train.bs }),
    'batch per epoch': dls.train.length,
    'model parameters': sizes.reduce((sum, size) => sum + size, 0),
    frozen: opt.frozenIdx > 0,
    'frozen idx': opt.frozenIdx,
  };
}
