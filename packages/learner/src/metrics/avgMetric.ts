import * as tf from '@tensorflow/tfjs-core';
import { LearnerError } from '../errors.js';
import type { AnyLearner } from '../learner.js';
import { type Comparison, Metric } from './metric.js';
import { PendingScalars } from './pendingScalars.js';

/**
 * A metric of one batch: the mean over its items, as a scalar tensor or a number.
 *
 * Options may follow the targets, as in `accuracy`; hence several targets, or targets of unknown type, are not checked.
 *
 * @typeParam Y The target tensor, or a tuple of several.
 */
export interface MetricFunction<Y = unknown> {
  // biome-ignore lint/suspicious/noExplicitAny: see above
  (pred: tf.Tensor, ...targets: Y extends tf.Tensor ? [target: Y] : any): tf.Tensor | number;
  /** Which values are better (default: smaller ones if its name contains `loss` or `error`, else greater ones). */
  readonly comp?: Comparison;
  /** Whether batches for which it is NaN are ignored, as they contain nothing that it measures (default false). */
  readonly skipNaN?: boolean;
}

/** What creates a metric for each learner. */
export interface MetricSource {
  /** Creates the metric. */
  readonly metric: () => Metric;
}

/**
 * A function of all predictions and targets of a set that is not an average over items, such as `expectedCalibrationError`.
 * As a metric, it is computed over a whole pass.
 *
 * @typeParam O Its options.
 */
export interface PassFunction<O> extends MetricSource {
  (preds: tf.Tensor, targs: tf.Tensor, options?: O): Promise<number>;
}

/** A metric, or a function that is averaged over all items or computed over a whole pass. */
export type MetricLike<Y = unknown> = Metric | MetricFunction<Y> | MetricSource;

/**
 * Converts a function to a metric.
 *
 * @param place Its place among the metrics, which names an anonymous function.
 * @throws LearnerError when it is neither, or a class.
 */
export function toMetric(metric: MetricLike, place: number): Metric {
  if (metric instanceof Metric) return metric;
  if (isMetricSource(metric)) return metric.metric();
  const given: unknown = metric;
  if (typeof given !== 'function') {
    throw new LearnerError(
      `A metric must be a function or an object of a class derived from Metric, got ${given === null ? 'null' : typeof given}: pass a metric, such as accuracy.`,
    );
  }
  if (given.prototype instanceof Metric) {
    throw new LearnerError(`The metric ${given.name} is a class: pass an object of it, new ${given.name}().`);
  }
  return new AvgMetric(metric, { name: metric.name || `metric ${place + 1}` });
}

function isMetricSource(metric: MetricLike): metric is MetricSource {
  return typeof metric === 'function' && 'metric' in metric;
}

interface ItemAverageState {
  total: number;
  count: number;
}

/** A mean over the items of all batches, weighted by batch size. */
export abstract class ItemAverage extends Metric {
  /** Whether batches for which it is NaN are ignored. */
  protected readonly skipNaN: boolean = false;
  private readonly pending = new PendingScalars();
  private weights: number[] = [];
  private total = 0;
  private count = 0;

  override dispose(): void {
    this.pending.clear();
    this.weights = [];
  }

  override reset(): void {
    this.dispose();
    this.total = 0;
    this.count = 0;
  }

  override accumulate(learn: AnyLearner): void {
    const mean = tf.tidy(() => {
      const value: unknown = this.ofBatch(learn);
      if (typeof value === 'number') return tf.scalar(value);
      if (value instanceof tf.Tensor && value.size === 1) return value.clone();
      throw new LearnerError(
        `The metric ${this.name} must return a number or a scalar tensor for each batch, got ${value instanceof tf.Tensor ? `shape [${value.shape}]` : typeof value}: return the mean over the items, not a promise of it.`,
      );
    });
    this.pending.push(mean);
    mean.dispose();
    this.weights.push(learn.targets[0]!.shape[0]!);
  }

  override async value(): Promise<number | null> {
    await this.read();
    return this.count === 0 ? null : this.total / this.count;
  }

  override async stateDict(): Promise<ItemAverageState> {
    await this.read();
    return { total: this.total, count: this.count };
  }

  override loadStateDict({ total, count }: ItemAverageState): void {
    this.reset();
    this.total = total;
    this.count = count;
  }

  /** Adds the batches that were not read from the engine. */
  private async read(): Promise<void> {
    const { weights } = this;
    this.weights = [];
    for (const [i, mean] of (await this.pending.take()).entries()) {
      if (this.skipNaN && Number.isNaN(mean)) continue;
      this.total += mean * weights[i]!;
      this.count += weights[i]!;
    }
  }

  protected abstract ofBatch(learn: AnyLearner): tf.Tensor | number;
}

/** Settings of {@link AvgMetric}. */
export interface AvgMetricOptions {
  /** Its name in the table (default: the function's name, which a minifier may shorten). */
  name?: string;
  /** Which values are better (default: as specified by the function, else by the name). */
  comp?: Comparison;
  /** Whether batches for which it is NaN are ignored (default: as specified by the function, else false). */
  skipNaN?: boolean;
}

/**
 * The average of a function over all items.
 *
 * Source: fastai `learner.py`, `AvgMetric`.
 *
 * @example
 * const top3 = new AvgMetric((pred, y) => topKAccuracy(pred, y, { k: 3 }), { name: 'top3' });
 */
export class AvgMetric extends ItemAverage {
  override readonly name: string;
  override readonly comp: Comparison | undefined;
  protected override readonly skipNaN: boolean;

  constructor(
    private readonly func: MetricFunction,
    {
      name = func.name || 'metric',
      comp = func.comp,
      skipNaN = func.skipNaN ?? false,
    }: AvgMetricOptions = {},
  ) {
    super();
    this.name = name;
    this.comp = comp;
    this.skipNaN = skipNaN;
  }

  protected override ofBatch(learn: AnyLearner): tf.Tensor | number {
    return this.func(learn.pred, ...learn.targets);
  }
}

/**
 * The average of the loss over all items.
 *
 * Source: fastai `learner.py`, `AvgLoss`.
 */
export class AvgLoss extends ItemAverage {
  override readonly name: string = 'loss';
  override readonly comp: Comparison = 'less';

  protected override ofBatch(learn: AnyLearner): tf.Tensor {
    return tf.mean(learn.loss);
  }
}
