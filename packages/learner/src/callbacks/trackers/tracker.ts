import { checkNumber, log, nameOf } from '@fastts/core';
import { LearnerError } from '../../errors.js';
import { Callback } from '../../loop/callback.js';
import type { Comparison } from '../../metrics/metric.js';

/** Options of {@link TrackerCallback} and its subclasses. */
export interface TrackerOptions {
  /** The loss or metric to monitor, by its name in the epoch table (default `valid_loss`). */
  monitor?: string;
  /**
   * Which values are better (default: as specified by the metric, else smaller ones if the name contains `loss` or
   * `error`, ignoring case).
   */
  comp?: Comparison;
  /** Minimum improvement (default 0). */
  minDelta?: number;
  /** Whether the best value is reset when a fit begins (default true). */
  resetOnFit?: boolean;
}

/** What a tracker has seen of a fit. */
export interface TrackerState {
  best: number;
  newBest: boolean;
  wait: number;
  epochs: number;
  hasValue: boolean;
}

/**
 * Tracks the best value of a loss or metric, for callbacks that act on it.
 *
 * An epoch without a value, whose validation was canceled, counts as no improvement; so does one whose value is NaN, which is
 * logged.
 *
 * Source: fastai `callback/tracker.py`, `TrackerCallback`.
 */
export abstract class TrackerCallback extends Callback {
  override order = 60;
  override fitOnly = true;
  override removeOnFetch = true;
  readonly monitor: string;
  /** Which values are better. Unless it was set, it is determined from the metric when a fit begins. */
  comp: Comparison;
  readonly minDelta: number;
  readonly resetOnFit: boolean;
  /** The best value so far. */
  best: number;
  /** Whether the last epoch's value is the best one. */
  newBest = false;
  /** Number of consecutive epochs without improvement. */
  protected wait = 0;
  private epochs = 0;
  private hasValue = false;
  private wasWrong = false;
  private readonly isCompGiven: boolean;

  constructor({ monitor = 'valid_loss', comp, minDelta = 0, resetOnFit = true }: TrackerOptions = {}) {
    super();
    this.monitor = monitor;
    checkNumber('minDelta', minDelta, { min: 0 });
    this.comp = comp ?? comparisonByName(monitor);
    this.isCompGiven = comp !== undefined;
    this.minDelta = minDelta;
    this.resetOnFit = resetOnFit;
    this.best = this.worst;
  }

  /** @throws LearnerError when the epoch table has no such column. */
  override beforeFit(): void {
    this.column();
    const hasBest = this.best !== this.worst;
    if (!this.isCompGiven) this.comp = this.comparison();
    if (this.resetOnFit || !hasBest) this.best = this.worst;
    this.wait = 0;
    this.epochs = 0;
    this.hasValue = false;
    this.wasWrong = false;
  }

  override stateDict(): TrackerState {
    const { best, newBest, wait, epochs, hasValue } = this;
    return { best, newBest, wait, epochs, hasValue };
  }

  override loadStateDict({ best, newBest, wait, epochs, hasValue }: TrackerState): void {
    this.best = best;
    this.newBest = newBest;
    this.wait = wait;
    this.epochs = epochs;
    this.hasValue = hasValue;
  }

  override afterEpoch(): void | Promise<void> {
    const recorded = this.learn.recorder.finalRecord[this.column()];
    const value = recorded ?? Number.NaN;
    this.epochs++;
    this.hasValue ||= !Number.isNaN(value);
    const { best, minDelta } = this;
    this.newBest = this.comp === 'less' ? value + minDelta < best : value - minDelta > best;
    if (this.newBest) this.best = value;
    this.wait = this.newBest ? 0 : this.wait + 1;
    const isWrong = typeof recorded === 'number' && !Number.isFinite(recorded) && !this.newBest;
    if (isWrong && !this.wasWrong) {
      log(
        `${nameOf(this)}: ${this.monitor} is ${recorded} in epoch ${this.learn.epoch}, which counts as no improvement, as in the epochs after it until it is finite.`,
      );
    }
    this.wasWrong = isWrong;
  }

  /** Logs if there was no value in the whole fit. */
  override afterFit(): void | Promise<void> {
    if (this.hasValue || this.epochs === 0) return;
    log(
      `${nameOf(this)}: ${this.monitor} had no value in this fit, because it was NaN or there was no validation, so no epoch is the best.`,
    );
  }

  private get worst(): number {
    return this.comp === 'less' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  }

  private comparison(): Comparison {
    const { monitor } = this;
    const metric = this.learn.metrics.find(({ name }) =>
      [name, `train_${name}`, `valid_${name}`].includes(monitor),
    );
    return metric?.comp ?? comparisonByName(monitor);
  }

  private column(): number {
    const names = this.learn.recorder.metricNames.slice(1).filter((name) => name !== 'time');
    const column = names.indexOf(this.monitor);
    if (column < 0) {
      throw new LearnerError(
        `${nameOf(this)} monitors '${this.monitor}', which is not in the epoch table: choose one of ${names.join(', ')}.`,
      );
    }
    return column;
  }
}

/** Which values are better, by the name of a loss or metric. */
function comparisonByName(name: string): Comparison {
  return /loss|error/i.test(name) ? 'less' : 'greater';
}
