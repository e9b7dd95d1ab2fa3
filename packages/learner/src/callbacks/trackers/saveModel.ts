import { checkInteger, log } from '@fastts/core';
import { LearnerError } from '../../errors.js';
import { TrackerCallback, type TrackerOptions, type TrackerState } from './tracker.js';

/** Options of {@link SaveModelCallback}. */
export interface SaveModelOptions extends TrackerOptions {
  /** The file name in the learner's model folder, without extension (default `model`). */
  fname?: string;
  /**
   * Whether to save after every epoch, or every this many, to separate files, `model_0` and so on, rather than when the
   * value is the best (default false).
   */
  everyEpoch?: boolean | number;
  /** Whether to also save the model at the end of the fit, instead of loading the best one (default false). */
  atEnd?: boolean;
  /** Whether to also save and load the optimizer's state (default false). */
  withOpt?: boolean;
}

interface SaveModelState extends TrackerState {
  lastSavedPath: string | null;
}

/**
 * Saves the model whenever a loss or metric is the best so far, and loads that model at the end of the fit.
 *
 * Source: fastai `callback/tracker.py`, `SaveModelCallback`.
 *
 * @example
 * await learn.fit(20, 1e-3, { cbs: new SaveModelCallback({ monitor: 'accuracy', fname: 'best' }) });
 */
export class SaveModelCallback extends TrackerCallback {
  static override readonly name: string = 'SaveModelCallback';
  override order = 61;
  /** The last saved file; `null` before the first. */
  lastSavedPath: string | null = null;

  readonly fname: string;
  private readonly every: number;
  private readonly atEnd: boolean;
  private readonly withOpt: boolean;

  /**
   * @throws LearnerError when `everyEpoch` and `atEnd` are both set.
   * @throws ArgumentError when `everyEpoch` is neither a boolean nor an integer ≥ 0.
   */
  constructor({
    fname = 'model',
    everyEpoch = false,
    atEnd = false,
    withOpt = false,
    ...options
  }: SaveModelOptions = {}) {
    super(options);
    this.fname = fname;
    this.every = Number(everyEpoch);
    this.atEnd = atEnd;
    this.withOpt = withOpt;
    checkInteger('everyEpoch', this.every, { min: 0 });
    if (this.every && atEnd)
      throw new LearnerError('everyEpoch and atEnd are mutually exclusive: set only one.');
  }

  /** Whether its file is the best model, rather than each epoch's or the last. */
  get savesBest(): boolean {
    return !this.every && !this.atEnd;
  }

  override stateDict(): SaveModelState {
    return { ...super.stateDict(), lastSavedPath: this.lastSavedPath };
  }

  override loadStateDict(state: SaveModelState): void {
    super.loadStateDict(state);
    this.lastSavedPath = state.lastSavedPath;
  }

  override async afterEpoch(): Promise<void> {
    const { epoch } = this.learn;
    if (this.every) {
      if (epoch % this.every === 0) await this.save(`${this.fname}_${epoch}`);
      return;
    }
    super.afterEpoch();
    if (!this.newBest) return;
    log(
      `Epoch ${epoch}: saved the model, whose ${this.monitor} is the best so far, ${this.best.toFixed(6)}.`,
    );
    await this.save(this.fname);
  }

  override async afterFit(): Promise<void> {
    if (!this.every) super.afterFit();
    if (this.atEnd) await this.save(this.fname);
    else if (!this.every && this.lastSavedPath) await this.learn.load(this.fname, { withOpt: this.withOpt });
  }

  private async save(name: string): Promise<void> {
    this.lastSavedPath = await this.learn.save(name, { withOpt: this.withOpt });
  }
}
