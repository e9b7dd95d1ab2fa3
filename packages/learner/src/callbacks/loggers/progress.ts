import { progressBar } from '@fastts/core';
import { Callback } from '../../loop/callback.js';
import { Recorder } from './recorder.js';

/** Minimum interval between reads of the displayed loss from the engine, in milliseconds. */
const READ_EVERY = 300;

/**
 * Shows training progress: a bar per pass with the smoothed loss, and the header of the epoch table.
 *
 * Source: fastai `callback/progress.py`, `ProgressCallback`.
 */
export class ProgressCallback extends Callback {
  static override readonly name: string = 'ProgressCallback';
  override order = 60;
  private bar: ReturnType<typeof progressBar> | null = null;
  private readAt = 0;
  private note = '';

  override beforeFit(): void {
    const recorder = this.learn.cb(Recorder);
    if (recorder) this.learn.logger?.(recorder.metricNames);
    this.note = '';
  }

  override beforeTrain(): void {
    this.start(`epoch ${this.learn.epoch + 1}/${this.learn.nEpoch}`);
  }

  override beforeValidate(): void {
    this.start('validation');
  }

  override async afterBatch(): Promise<void> {
    if (!this.bar) return;
    const now = performance.now();
    if (this.learn.training && now - this.readAt >= READ_EVERY) {
      const loss = await this.learn.cb(Recorder)?.smoothLoss();
      if (typeof loss === 'number') this.note = loss.toFixed(4);
      this.readAt = now;
    }
    this.bar.update(this.learn.iter + 1, this.note);
  }

  override afterTrain(): void {
    this.stop();
  }

  override afterValidate(): void {
    this.stop();
  }

  override cleanUp(): void {
    this.stop();
  }

  private start(label: string): void {
    this.stop();
    if (this.learn.showBar) this.bar = progressBar({ total: this.learn.dl.length, label, unit: 'batches' });
    this.readAt = performance.now();
  }

  private stop(): void {
    this.bar?.stop();
    this.bar = null;
  }
}
