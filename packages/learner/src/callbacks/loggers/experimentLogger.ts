import * as tf from '@tensorflow/tfjs-core';
import { Callback } from '../../loop/callback.js';
import { PendingScalars } from '../../metrics/pendingScalars.js';

/** Minimum interval between reads of losses from the engine, in milliseconds. */
const READ_EVERY = 10_000;

/** Log entry of a training batch. */
export interface LoggedBatch {
  /** Number of training batches done in the fit, including this one. */
  step: number;
  /** Number of epochs done in the fit, including this batch, such as 1.25. */
  epoch: number;
  /** Time of completion, in seconds since 1970. */
  wallTime: number;
  /** Duration, in seconds. */
  duration: number;
  /** Number of items. */
  size: number;
  /** The batch's loss. */
  rawLoss: number;
  /** The smoothed loss. */
  smoothLoss: number;
  /** Each parameter group's hyperparameters, such as `lr_0`. */
  hypers: Record<string, number>;
}

/**
 * Base of callbacks that log a fit for another program.
 *
 * Losses are read from the engine at most every ten seconds and at the end of an epoch's training, to avoid a
 * synchronization per batch.
 */
export abstract class ExperimentLogger extends Callback {
  override order = 51;
  override fitOnly = true;
  override removeOnFetch = true;
  /** Batches whose losses have not been read yet. */
  private waiting: Omit<LoggedBatch, 'rawLoss' | 'smoothLoss'>[] = [];
  private readonly rawLosses = new PendingScalars();
  private began = 0;
  private readAt = 0;

  /** Logs training batches, in order. */
  protected abstract logBatches(batches: readonly LoggedBatch[]): Promise<void>;

  override beforeFit(): void | Promise<void> {
    this.readAt = performance.now();
  }

  /** Logs what it waited to log, so that nothing is missing when a fit goes on after it. */
  override async stateDict(): Promise<object> {
    await this.readBatches();
    return {};
  }

  override beforeBatch(): void {
    this.began = performance.now();
  }

  override async afterBatch(): Promise<void> {
    const { learn } = this;
    if (!learn.training || !learn.hasLoss) return;
    const loss = tf.mean(learn.loss);
    this.rawLosses.push(loss);
    loss.dispose();
    const named = learn.opt.hypers.flatMap((hypers, group) =>
      Object.entries(hypers).map(([name, value]) => [`${name}_${group}`, value] as const),
    );
    this.waiting.push({
      step: learn.trainIter,
      epoch: learn.epoch + (learn.iter + 1) / learn.nIter,
      wallTime: Date.now() / 1000,
      duration: (performance.now() - this.began) / 1000,
      size: learn.targets[0]!.shape[0]!,
      hypers: Object.fromEntries(named),
    });
    if (performance.now() - this.readAt > READ_EVERY) await this.readBatches();
  }

  override afterTrain(): Promise<void> {
    return this.readBatches();
  }

  override afterFit(): Promise<void> {
    return this.readBatches();
  }

  override cleanUp(): void {
    this.rawLosses.clear();
    this.waiting = [];
  }

  /** The last epoch's losses and metrics by name, without the training loss, which is logged per batch. */
  protected get epochValues(): [name: string, value: number][] {
    const { metricNames, log } = this.learn.recorder;
    return metricNames.flatMap((name, column): [string, number][] => {
      const value = log[column];
      return typeof value === 'number' && name !== 'epoch' && name !== 'train_loss' ? [[name, value]] : [];
    });
  }

  private async readBatches(): Promise<void> {
    const { waiting } = this;
    this.waiting = [];
    this.readAt = performance.now();
    if (waiting.length === 0) return;
    const raw = await this.rawLosses.take();
    const { recorder } = this.learn;
    await recorder.smoothLoss();
    const smooth = recorder.losses.slice(-waiting.length);
    await this.logBatches(
      waiting.map((batch, i) => ({ ...batch, rawLoss: raw[i]!, smoothLoss: smooth[i]! })),
    );
  }
}
