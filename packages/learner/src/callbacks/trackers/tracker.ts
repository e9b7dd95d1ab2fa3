import { LearnerError } from '../../errors.js';
import { Callback } from '../../loop/callback.js';

/** Options of {@link TrackerCallback} and its subclasses. */
export interface TrackerOptions {
  /** The loss or metric to monitor, by its name in the epoch table (default `valid_loss`). */
  monitor?: string;
  /** Which values are better (default: lower if the name contains `loss` or `error`, else higher). */
  comp?: 'less' | 'greater';
  /** Minimum improvement (default 0). */
  minDelta?: number;
  /** Whether the best value is reset when a fit begins (default true). */
  resetOnFit?: boolean;
}

/**
 * Tracks the best value of a loss or metric, for callbacks that act on it.
 *
 * An epoch without a value, whose validation was canceled, counts as no improvement.
 *
 * Source: fastai `callback/tracker.py`, `TrackerCallback`.
 */
export abstract class TrackerCallback extends Callback {
  override order = 60;
  override fitOnly = true;
  override removeOnFetch = true;
  readonly monitor: string;
  readonly comp: 'less' | 'greater';
  readonly minDelta: number;
  readonly resetOnFit: boolean;
  /** The best value so far. */
  best: number;
  /** Whether the last epoch's value is the best one. */
  newBest = false;
  /** Number of consecutive epochs without improvement. */
  protected wait = 0;

  constructor({ monitor = 'valid_loss', comp, minDelta = 0, resetOnFit = true }: TrackerOptions = {}) {
    super();
    this.monitor = monitor;
    this.comp = comp ?? (/loss|error/.test(monitor) ? 'less' : 'greater');
    this.minDelta = minDelta;
    this.resetOnFit = resetOnFit;
    this.best = this.worst;
  }

  /** @throws LearnerError when the epoch table has no such column. */
  override beforeFit(): void {
    if (this.resetOnFit) this.best = this.worst;
    this.wait = 0;
    this.column();
  }

  override afterEpoch(): void | Promise<void> {
    const value = this.learn.recorder.finalRecord[this.column()] ?? Number.NaN;
    const { best, minDelta } = this;
    this.newBest = this.comp === 'less' ? value + minDelta < best : value - minDelta > best;
    if (this.newBest) this.best = value;
    this.wait = this.newBest ? 0 : this.wait + 1;
  }

  private get worst(): number {
    return this.comp === 'less' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  }

  private column(): number {
    const names = this.learn.recorder.metricNames.slice(1).filter((name) => name !== 'time');
    const column = names.indexOf(this.monitor);
    if (column < 0) {
      throw new LearnerError(
        `${this.constructor.name} monitors '${this.monitor}', which is not in the epoch table: choose one of ${names.join(', ')}.`,
      );
    }
    return column;
  }
}
