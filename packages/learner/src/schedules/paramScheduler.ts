import type { OneOrMany } from '@fastts/core';
import { Recorder } from '../callbacks/loggers/recorder.js';
import { Callback } from '../loop/callback.js';
import type { Schedule } from './schedules.js';

/** The schedule of each hyperparameter, by name; a list has one per parameter group. */
export type Schedules = Readonly<Record<string, OneOrMany<Schedule>>>;

/**
 * Sets hyperparameters by their schedules before each training batch.
 *
 * Source: fastai `callback/schedule.py`.
 *
 * @example
 * await learn.fit(3, 1e-3, { cbs: new ParamScheduler({ lr: schedLin(1e-3, 1e-5) }) });
 */
export class ParamScheduler extends Callback {
  static override readonly name: string = 'ParamScheduler';
  override order = 60;
  override runValid = false;
  /** The last group's value of each scheduled hyperparameter at each batch. */
  hps: Record<string, number[]> = {};

  constructor(readonly scheds: Schedules) {
    super();
  }

  override beforeFit(): void {
    this.hps = Object.fromEntries(Object.keys(this.scheds).map((name) => [name, []]));
  }

  override stateDict(): { hps: Record<string, number[]> } {
    return { hps: this.hps };
  }

  override loadStateDict({ hps }: { hps: Record<string, number[]> }): void {
    this.hps = hps;
  }

  override beforeBatch(): void {
    this.setHypers(this.learn.pctTrain);
  }

  override afterBatch(): void {
    for (const [name, values] of Object.entries(this.hps)) {
      values.push(this.learn.opt.hypers.at(-1)![name]!);
    }
  }

  override afterFit(): void {
    const recorder = this.learn.cb(Recorder);
    if (recorder) recorder.hps = this.hps;
  }

  /** Sets the scheduled values at a position in the training, from 0 to 1. */
  protected setHypers(at: number): void {
    for (const [name, schedule] of Object.entries(this.scheds)) {
      this.learn.opt.setHyper(
        name,
        typeof schedule === 'function' ? schedule(at) : schedule.map((ofGroup) => ofGroup(at)),
      );
    }
  }
}
