import { log } from '@fastts/core';
import { CheckpointCallback } from '../../checkpoints/checkpointCallback.js';
import { Callback } from '../../loop/callback.js';
import { LRFinder } from '../../lrFind/lrFinder.js';
import type { InterruptSignal } from './endBySignal.js';
import { isInteractive } from './interactive.js';
import { InterruptedError } from './interruptedError.js';
import { interruptSignals } from './interruptSignals.js';

/** Options of {@link InterruptCallback}. */
export interface InterruptOptions {
  /**
   * Whether to save the model and end the process after the interrupted fit (default true). With false, the program
   * does so: it catches the `InterruptedError`.
   */
  endProcess?: boolean;
}

/** Number of models saved, if several fits were running. */
let nSaved = 0;

/**
 * Ends a fit after the current batch when the process receives SIGINT (Ctrl-C), SIGTERM (`docker stop`) or SIGHUP (a
 * closed terminal). It is one of the default callbacks.
 *
 * `afterCancelFit` and `afterFit` run, in which other callbacks save what they have; unless one of them is a
 * `CheckpointCallback`, the model and the optimizer's state are saved as `interrupted`; and the process ends by the same
 * signal: nothing after the fit runs. A second signal ends the process at once.
 *
 * A signal for which the program has its own listener is left to it. Without a fit, signals have their usual effect, and
 * so they do in worker threads, which receive none. In a notebook and at Node's prompt, an interrupt ends the fit,
 * or the validation or prediction, but not the process.
 *
 * @example
 * const learn = new Learner(dls, model, { cbs: new InterruptCallback({ endProcess: false }) });
 * try {
 *   await learn.fit(5);
 * } catch (error) {
 *   if (!(error instanceof InterruptedError)) throw error;
 *   await learn.export('so-far');
 *   error.endProcess();
 * }
 */
export class InterruptCallback extends Callback {
  static override readonly name: string = 'InterruptCallback';
  override order = 1100; // after all callbacks that record the batch or save
  readonly endProcess: boolean;
  /** Number of events handled: it grows unless another callback is running. */
  progress = 0;
  private inEpoch = false;
  private isReported = false;
  private hasEnded = false;

  constructor({ endProcess = true }: InterruptOptions = {}) {
    super();
    this.endProcess = endProcess;
  }

  /** @throws InterruptedError when the process is about to end. */
  override beforeFit(): void | Promise<void> {
    this.inEpoch = false;
    this.isReported = false;
    this.hasEnded = false;
    const governs = this.learn.cbs.findLast((cb) => cb instanceof InterruptCallback) === this;
    // Without a fit a program has nothing to save, so that its end can be left to the signal.
    if (governs && (this.learn.fitting || isInteractive())) interruptSignals.start(this);
    return this.checkSignal();
  }

  /** @throws InterruptedError after a signal. */
  override beforeEpoch(): void | Promise<void> {
    this.inEpoch = true;
    return this.checkSignal();
  }

  /** @throws InterruptedError after a signal. */
  override afterBatch(): void | Promise<void> {
    // Predictions of other callbacks at the end of the fit are not interrupted.
    if (this.inEpoch) return this.checkSignal();
  }

  override afterEpoch(): void {
    this.inEpoch = false;
  }

  /** Also when a fit that a callback awaits was interrupted. */
  override afterCancelFit(): Promise<void> {
    return this.report();
  }

  /** @throws InterruptedError after a signal. */
  override async afterFit(): Promise<void> {
    await this.report();
    this.hasEnded = true;
    await interruptSignals.othersEnd(this);
    await this.checkSignal();
  }

  override cleanUp(): void {
    interruptSignals.stop(this, this.hasEnded);
  }

  private checkSignal(): void | Promise<void> {
    this.progress++;
    const signal = interruptSignals.for(this);
    if (signal) return this.interrupt(signal);
  }

  private async interrupt(signal: InterruptSignal): Promise<never> {
    this.inEpoch = false;
    // Before the other callbacks' afterCancelFit, which can take long, or fail.
    await this.report();
    throw new InterruptedError(signal);
  }

  /** Logs what a signal ended, and saves it if the process ends too. */
  private async report(): Promise<void> {
    const signal = interruptSignals.for(this);
    const { learn } = this;
    if (!signal || this.isReported || learn.cb(LRFinder)) return;
    this.isReported = true;
    const { epoch, nEpoch, trainIter } = learn;
    const saved = interruptSignals.endsProcess && trainIter > 0 ? ` ${await this.saved()}` : '';
    log(`${signal} ended training in epoch ${epoch + 1} of ${nEpoch}, after ${trainIter} batches.${saved}`);
  }

  /** Where the model is saved. */
  private async saved(): Promise<string> {
    const checkpoints = this.learn.cb(CheckpointCallback);
    if (checkpoints) return `The same fit with resume: '${checkpoints.dir}' continues from there.`;
    try {
      const name = nSaved++ === 0 ? 'interrupted' : `interrupted-${nSaved}`;
      return `The model is in ${await this.learn.save(name)}: learn.load('${name}') loads it.`;
    } catch (error) {
      return `The model cannot be saved: ${error instanceof Error ? error.message : error}`;
    }
  }
}
