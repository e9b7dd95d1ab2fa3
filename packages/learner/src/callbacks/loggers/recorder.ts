import { type Figure, plotCourses, plotLines } from '@fastts/core';
import { LearnerError } from '../../errors.js';
import { Callback } from '../../loop/callback.js';
import type { LrSearch } from '../../lrFind/lrSuggestions.js';
import { plotLrFind } from '../../lrFind/plotLrFind.js';
import { AvgLoss } from '../../metrics/avgMetric.js';
import { AvgSmoothLoss, type SmoothLossState } from '../../metrics/avgSmoothLoss.js';
import type { Metric } from '../../metrics/metric.js';
import { type Cell, formatTime } from './epochTable.js';

/** Options of {@link Recorder}. */
export interface RecorderOptions {
  /** Whether the epoch table includes the duration (default true). */
  addTime?: boolean;
  /** Whether to also compute metrics on the training set (default false). */
  trainMetrics?: boolean;
  /** Whether to compute loss and metrics on the validation set (default true). */
  validMetrics?: boolean;
  /** The decay of the exponential moving average of the training loss (default 0.98). */
  beta?: number;
}

/** What a {@link Recorder} has recorded of a fit. */
interface RecorderState extends Pick<Recorder, 'lrs' | 'iters' | 'values' | 'finalRecord' | 'log' | 'hps'> {
  rows: Cell[][];
  /** Seconds since the epoch began. */
  seconds: number;
  trainLoss: SmoothLossState;
  /** Of each metric of the training set that has a state. */
  trainMetrics: (object | null)[];
}

/**
 * Records rates, losses and metrics, and passes a row of them to the learner's `logger` after each epoch.
 *
 * Losses stay on the engine until an epoch ends or they are read, to avoid a synchronization per batch. Records of
 * a fit are kept until the next fit: validating or predicting changes only `finalRecord`.
 *
 * Source: fastai `learner.py`, `Recorder`.
 */
export class Recorder extends Callback {
  static override readonly name: string = 'Recorder';
  override order = 50;
  override removeOnFetch = true;
  /** The last parameter group's learning rate per training batch. */
  lrs: number[] = [];
  /** Number of training batches at the end of each epoch. */
  iters: number[] = [];
  /** Losses and metrics per epoch, in the order of `metricNames` without epoch and time. */
  values: (number | null)[][] = [];
  /** Losses and metrics of the last epoch or validation. */
  finalRecord: (number | null)[] = [];
  /** The last row of the table: the epoch, its losses and metrics, and its duration. */
  log: Cell[] = [];
  /** The table's header. */
  metricNames: string[] = [];
  /** The values of each scheduled hyperparameter per batch, from a `ParamScheduler`. */
  hps: Record<string, number[]> = {};
  /** The record of the last `lrFind`; `null` before the first. */
  lrSearch: LrSearch | null = null;

  private readonly addTime: boolean;
  private readonly trainMetrics: boolean;
  private readonly validMetrics: boolean;
  private readonly validLoss = new AvgLoss();
  private readonly trainLoss: AvgSmoothLoss;
  private canceled = { train: false, valid: false };
  private started = 0;
  /** The rows of the fit's table so far. */
  private rows: Cell[][] = [];

  constructor({
    addTime = true,
    trainMetrics = false,
    validMetrics = true,
    beta = 0.98,
  }: RecorderOptions = {}) {
    super();
    this.addTime = addTime;
    this.trainMetrics = trainMetrics;
    this.validMetrics = validMetrics;
    this.trainLoss = new AvgSmoothLoss(beta);
  }

  /** The smoothed training loss per batch, as far as it has been read, which is complete at the end of each epoch. */
  get losses(): readonly number[] {
    return this.trainLoss.history;
  }

  /** The current smoothed training loss; `null` before the first batch. Reading it synchronizes with the engine. */
  smoothLoss(): Promise<number | null> {
    return this.trainLoss.value();
  }

  override async stateDict(): Promise<RecorderState> {
    await this.smoothLoss();
    const { lrs, iters, values, finalRecord, log, hps, rows, trainLoss } = this;
    return {
      ...{ lrs, iters, values, finalRecord, log, hps, rows },
      seconds: (performance.now() - this.started) / 1000,
      trainLoss: await trainLoss.stateDict(),
      trainMetrics: await Promise.all(this.trained.slice(1).map((metric) => metric.stateDict?.() ?? null)),
    };
  }

  /** Continues from a state, and logs the rows of its table. */
  override loadStateDict(state: RecorderState): void {
    const { lrs, iters, values, finalRecord, log, hps, rows, trainLoss, trainMetrics, seconds } = state;
    Object.assign(this, { lrs, iters, values, finalRecord, log, hps, rows });
    this.started = performance.now() - seconds * 1000;
    this.trainLoss.loadStateDict(trainLoss);
    for (const [i, metric] of this.trained.slice(1).entries()) {
      const own = trainMetrics[i];
      if (own) metric.loadStateDict?.(own);
    }
    for (const row of rows) this.learn.logger?.(row);
  }

  override beforeFit(): void {
    this.metricNames = this.names();
    if (this.learn.fitting) this.forget();
  }

  override beforeEpoch(): void {
    this.canceled = { train: false, valid: false };
    this.started = performance.now();
    this.finalRecord = [];
  }

  override beforeTrain(): void {
    for (const metric of this.trained.slice(1)) metric.reset();
  }

  override beforeValidate(): void {
    for (const metric of this.validated) metric.reset();
  }

  override afterBatch(): void {
    const { learn } = this;
    if (!learn.hasLoss) return;
    for (const metric of learn.training ? this.trained : this.validated) metric.accumulate(learn);
    if (learn.training) this.lrs.push(learn.opt.hypers.at(-1)!.lr!);
  }

  override afterCancelTrain(): void {
    this.canceled.train = true;
  }

  override afterCancelValidate(): void {
    this.canceled.valid = true;
  }

  override async afterTrain(): Promise<void> {
    await this.record(this.trained, this.canceled.train);
  }

  override async afterValidate(): Promise<void> {
    await this.record(this.validated, this.canceled.valid);
  }

  override async afterEpoch(): Promise<void> {
    if (this.learn.fitting) {
      await this.smoothLoss();
      this.values.push(this.finalRecord);
      this.iters.push(this.losses.length);
    }
    this.log = [this.learn.epoch, ...this.finalRecord];
    if (this.addTime) this.log.push(formatTime((performance.now() - this.started) / 1000));
    this.rows.push(this.log);
    this.learn.logger?.(this.log);
  }

  /** Reads the losses of the canceled epoch. */
  override async afterCancelFit(): Promise<void> {
    await this.smoothLoss();
  }

  override cleanUp(): void {
    for (const metric of [this.trainLoss, this.validLoss, ...this.learn.metrics]) metric.dispose();
  }

  /** Plots the smoothed training loss per batch, and the validation loss per epoch. */
  plotLoss({
    skipStart = 5,
    withValid = true,
    log = false,
    showEpochs = false,
  }: PlotLossOptions = {}): Figure {
    const { losses, iters, values } = this;
    // A run that is shorter is shown whole.
    const start = losses.length > skipStart ? skipStart : 0;
    const train = losses.map((y, x) => ({ x, y })).slice(start);
    const column = this.metricNames.indexOf('valid_loss') - 1;
    const valid = iters.flatMap((x, i) => {
      const y = values[i]![column];
      return typeof y === 'number' ? [{ x, y }] : [];
    });
    const lines = [{ name: 'train', points: train }];
    if (withValid && valid.length > 0) lines.push({ name: 'valid', points: valid });
    return plotLines(lines, {
      title: 'learning curve',
      xLabel: 'steps',
      yLabel: 'loss',
      logX: log,
      logY: log,
      ...(showEpochs && { marks: iters }),
    });
  }

  /**
   * Plots the scheduled hyperparameters of the last fit, such as learning rate and momentum.
   *
   * @throws LearnerError when none was scheduled.
   */
  plotSched(keys: readonly string[] = Object.keys(this.hps)): Figure {
    const courses = keys.map((key): [string, readonly number[]] => [key, this.hps[key] ?? []]);
    if (courses.length === 0 || courses.some(([, values]) => values.length === 0)) {
      throw new LearnerError(
        `The last fit has no schedule of ${keys.join(', ') || 'anything'} to plot: fit with fitOneCycle or a ParamScheduler first.`,
      );
    }
    return plotCourses(Object.fromEntries(courses));
  }

  /**
   * Plots the loss against the learning rate of the last `lrFind`, with its suggestions.
   *
   * Source: fastai `callback/schedule.py`, `plot_lr_find`.
   *
   * @throws LearnerError when `lrFind` has not run.
   */
  plotLrFind({ skipEnd = 5 }: PlotLrFindOptions = {}): Figure {
    if (!this.lrSearch) {
      throw new LearnerError('There is no learning rate search to plot: call lrFind first.');
    }
    const { lrs, losses, suggestions } = this.lrSearch;
    const shown = losses.length - skipEnd;
    return plotLrFind(lrs.slice(0, shown), losses.slice(0, shown), suggestions);
  }

  private forget(): void {
    this.lrs = [];
    this.iters = [];
    this.values = [];
    this.hps = {};
    this.rows = [];
    this.trainLoss.reset();
  }

  /** A canceled pass has no values, but those of the next pass stay in their columns. */
  private async record(metrics: readonly Metric[], canceled: boolean): Promise<void> {
    for (const metric of metrics) this.finalRecord.push(canceled ? null : await metric.value());
  }

  private get trained(): Metric[] {
    return [this.trainLoss, ...(this.trainMetrics ? this.learn.metrics : [])];
  }

  private get validated(): Metric[] {
    return this.validMetrics ? [this.validLoss, ...this.learn.metrics] : [];
  }

  private names(): string[] {
    const own = this.learn.metrics.map((metric) => metric.name);
    const both = ['loss', ...own];
    const columns =
      this.trainMetrics && this.validMetrics
        ? [...both.map((name) => `train_${name}`), ...both.map((name) => `valid_${name}`)]
        : this.validMetrics
          ? ['train_loss', 'valid_loss', ...own]
          : ['train_loss', ...own];
    return ['epoch', ...columns, ...(this.addTime ? ['time'] : [])];
  }
}

/** Options of {@link Recorder.plotLoss}. */
export interface PlotLossOptions {
  /** Number of initial batches whose training loss is omitted (default 5). */
  skipStart?: number;
  /** Whether to also show the validation loss (default true). */
  withValid?: boolean;
  /** Whether both axes are logarithmic (default false). */
  log?: boolean;
  /** Whether to mark the ends of epochs (default false). */
  showEpochs?: boolean;
}

/** Options of {@link Recorder.plotLrFind}. */
export interface PlotLrFindOptions {
  /** Number of final batches to omit, at which the loss is high (default 5). */
  skipEnd?: number;
}
