import { checkInteger, log } from '@fastts/core';
import { resultGrid } from '../../interpretation/resultGrid.js';
import { isDrawn, picturesOf, type ShownResult, textOf } from '../../interpretation/shownResult.js';
import { SaveModelCallback } from '../trackers/saveModel.js';
import { ExperimentLogger, type LoggedBatch } from './experimentLogger.js';
import { samplePredictions } from './samplePredictions.js';
import { fitConfig } from './wandb/fitConfig.js';
import type { WandbTable } from './wandb/table.js';
import type { WandbRun, WandbRunState } from './wandb/wandbRun.js';

/** Options of {@link WandbCallback}. */
export interface WandbOptions {
  /** Whether to log validation items with their predictions (default true). */
  logPreds?: boolean;
  /** Whether to do so after every epoch, rather than at the end of the fit (default false). */
  logPredsEveryEpoch?: boolean;
  /** Number of items to log, the same each time, evenly spaced over the validation set (default 36). */
  nPreds?: number;
  /**
   * Whether to log the model at the end of the fit as an artifact (default false): what a `SaveModelCallback` saved last, which is the
   * best one unless it saves every epoch or at the end; without that callback, the model as it is then.
   */
  logModel?: boolean;
  /** The artifact's name (default: the file's name, such as `model`). */
  modelName?: string;
}

interface WandbState {
  firstStep: number;
  epochsBefore: number;
  run: WandbRunState;
}

/**
 * Logs a fit for Weights & Biases: losses and hyperparameters per batch, metrics per epoch, the configuration, a table of items
 * with predictions, and the model. The run is written to disk, and uploaded with `wandb sync`.
 *
 * A fit that is resumed from a checkpoint continues its run, in the folder where it began. fastai can also upload gradients and data
 * sets, which this callback does not; predictions that are drawn, such as masks, are logged as one image rather than as a table.
 *
 * Source: fastai `callback/wandb.py`, `WandbCallback`.
 *
 * @example
 * const run = await WandbRun.init({ project: 'pets' });
 * const cbs = [new SaveModelCallback({ monitor: 'accuracy' }), new WandbCallback(run, { logModel: true })];
 * await learn.fitOneCycle(5, 3e-3, { cbs });
 * await run.finish();
 */
export class WandbCallback extends ExperimentLogger {
  static override readonly name: string = 'WandbCallback';
  /** After `SaveModelCallback`, whose file it logs. */
  override order = 62;

  private readonly wandbRun: WandbRun;
  private readonly logPreds: boolean;
  private readonly logPredsEveryEpoch: boolean;
  private readonly nPreds: number;
  private readonly logModel: boolean;
  private readonly modelName: string | undefined;
  /** The step of the fit's first batch. */
  private firstStep = 0;
  /** Number of epochs logged by earlier fits. */
  private epochsBefore = 0;

  /** @param run The run to log to; it belongs to the caller, who finishes it. */
  constructor(
    run: WandbRun,
    {
      logPreds = true,
      logPredsEveryEpoch = false,
      nPreds = 36,
      logModel = false,
      modelName,
    }: WandbOptions = {},
  ) {
    super();
    checkInteger('nPreds', nPreds, { min: 1 });
    this.wandbRun = run;
    this.logPreds = logPreds;
    this.logPredsEveryEpoch = logPredsEveryEpoch;
    this.nPreds = nPreds;
    this.logModel = logModel;
    this.modelName = modelName;
  }

  override async beforeFit(): Promise<void> {
    await super.beforeFit();
    this.firstStep = this.wandbRun.step;
    this.wandbRun.updateConfig(fitConfig(this.learn));
  }

  override async stateDict(): Promise<WandbState> {
    await super.stateDict();
    const { firstStep, epochsBefore } = this;
    return { firstStep, epochsBefore, run: await this.wandbRun.stateDict() };
  }

  override async loadStateDict({ firstStep, epochsBefore, run }: WandbState): Promise<void> {
    this.firstStep = firstStep;
    this.epochsBefore = epochsBefore;
    if (await this.wandbRun.continueFrom(run)) return;
    log(
      `The W&B run ${run.folder}, to which the fit was logged, is not beside ${this.wandbRun.dir}: the rest is logged to that new run.`,
    );
  }

  override beforeBatch(): void {
    super.beforeBatch();
    const { training, trainIter, inputs } = this.learn;
    if (!training || trainIter > 0) return;
    const shapes = inputs.map(({ shape }, i) => [`input ${i + 1} shape`, shape]);
    this.wandbRun.updateConfig(Object.fromEntries(shapes));
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
    if (this.logModel) await this.logFile();
    // Completes the last row, so that a later fit starts with the next one.
    this.wandbRun.log({});
    await this.wandbRun.flush();
    this.epochsBefore += this.learn.epoch + 1;
  }

  private get lastStep(): number {
    return this.firstStep + Math.max(0, this.learn.trainIter - 1);
  }

  private async logSamples(): Promise<void> {
    const results = this.logPreds ? await samplePredictions(this.learn, this.nPreds) : null;
    if (!results) return;
    const key = 'Prediction_Samples';
    if (results.some(isDrawn))
      await this.wandbRun.logFigure(key, await resultGrid(results, {}), this.lastStep);
    else await this.wandbRun.logTable(key, tableOf(results), this.lastStep);
  }

  /** Logs the file of the model. */
  private async logFile(): Promise<void> {
    const { learn } = this;
    const saver = learn.cb(SaveModelCallback);
    const path = saver?.lastSavedPath ?? (await learn.save(this.modelName ?? 'model'));
    const name = this.modelName ?? saver?.fname ?? 'model';
    const isBest = saver?.lastSavedPath && saver.savesBest;
    await this.wandbRun.logArtifact({
      name: name.replaceAll(/[^\w.-]/g, '-'),
      type: 'model',
      description: 'trained model',
      files: { [`${name}.safetensors`]: path },
      metadata: isBest ? { [saver.monitor]: saver.best } : Object.fromEntries(this.epochValues),
      aliases: isBest ? ['best'] : [],
    });
  }
}

/** fastai's table of predictions: the pictures of each item, its target and its prediction. */
function tableOf(results: readonly ShownResult[]): WandbTable {
  const rows = results.map(({ input, target, prediction }) => [
    ...picturesOf(input).map(({ image }) => image),
    textOf(target),
    textOf(prediction),
  ]);
  const pictures = rows[0]!.slice(0, -2).map((_, k) => (k === 0 ? 'Input image' : `Input image ${k + 1}`));
  return { columns: [...pictures, 'Ground_Truth', 'Predictions'], rows };
}
