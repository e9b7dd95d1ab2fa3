import { checkInteger, checkNumber, ShapeError } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import type { AnyLearner } from '../learner.js';
import { argMaxOver, softmaxOver } from '../losses/classLoss.js';
import { type Comparison, Metric } from './metric.js';

/** Activation of predictions before a metric; `'binarySoftmax'` is the last class's probability. */
export type ActivationType = 'no' | 'sigmoid' | 'softmax' | 'binarySoftmax';

/** Computes a metric from all predictions and targets of a pass, which were read from the engine. */
export type AccumFunction = (preds: tf.TensorBuffer<tf.Rank>, targs: tf.TensorBuffer<tf.Rank>) => number;

/** Settings of {@link AccumMetric}. */
export interface AccumMetricOptions {
  /** Axis of `activation`; without an activation, the axis of an argmax of the predictions. */
  dimArgmax?: number;
  /** Default `'no'`. */
  activation?: ActivationType;
  /** Threshold from which on predictions become 1, and below it 0 (default: none). */
  thresh?: number;
  /** Whether to flatten predictions and targets, which must then have equal sizes (default true). */
  flatten?: boolean;
  /** Its name in the table (default: the function's name, which a minifier may shorten). */
  name?: string;
  /** Which values are better (default: smaller ones if the name contains `loss` or `error`, else greater ones). */
  comp?: Comparison;
}

/**
 * A metric that is not an average over batches: it accumulates the predictions and targets of a whole pass, then calls a
 * function.
 *
 * Source: fastai `metrics.py`, `AccumMetric` and `skm_to_fastai`.
 *
 * @throws ShapeError when predictions and targets must have equal sizes and do not.
 * @example
 * const worst = new AccumMetric(
 *   ({ values }, targs) => Math.max(...values.map((value, i) => Math.abs(value - targs.values[i]!))),
 *   { name: 'worst' },
 * );
 */
export class AccumMetric extends Metric {
  override name: string;
  override readonly comp: Comparison | undefined;
  private readonly options: AccumMetricOptions;
  private preds: tf.Tensor[] = [];
  private targs: tf.Tensor[] = [];

  constructor(
    private readonly func: AccumFunction,
    options: AccumMetricOptions = {},
  ) {
    super();
    if (options.thresh !== undefined) checkNumber('thresh', options.thresh);
    if (options.dimArgmax !== undefined) checkInteger('dimArgmax', options.dimArgmax);
    this.options = options;
    this.name = options.name ?? (func.name || 'metric');
    this.comp = options.comp;
  }

  override dispose(): void {
    tf.dispose([this.preds, this.targs]);
    this.preds = [];
    this.targs = [];
  }

  override reset(): void {
    this.dispose();
  }

  override accumulate(learn: AnyLearner): void {
    const preds = tf.tidy(() => this.prepare(learn.pred).clone());
    this.add(preds, learn.targets[0]!);
    preds.dispose();
  }

  override stateDict(): { preds: tf.Tensor[]; targs: tf.Tensor[] } {
    return { preds: [...this.preds], targs: [...this.targs] };
  }

  override loadStateDict({ preds, targs }: { preds: tf.Tensor[]; targs: tf.Tensor[] }): void {
    this.reset();
    this.preds = preds;
    this.targs = targs;
  }

  override async value(): Promise<number | null> {
    if (this.preds.length === 0) return null;
    const [preds, targs] = await Promise.all([joined(this.preds), joined(this.targs)]);
    return this.func(preds, targs);
  }

  /** The value for only these predictions and targets, which are passed on without activation. */
  async compute(preds: tf.Tensor, targs: tf.Tensor): Promise<number> {
    this.reset();
    this.add(preds, targs);
    try {
      return (await this.value())!;
    } finally {
      this.reset();
    }
  }

  private prepare(pred: tf.Tensor): tf.Tensor {
    const { thresh } = this.options;
    const active = this.activate(pred);
    return thresh === undefined ? active : tf.cast(tf.greaterEqual(active, thresh), 'int32');
  }

  private activate(pred: tf.Tensor): tf.Tensor {
    const { activation = 'no', dimArgmax } = this.options;
    const axis = dimArgmax ?? -1;
    switch (activation) {
      case 'sigmoid':
        return tf.sigmoid(pred);
      case 'softmax':
        return softmaxOver(pred, axis);
      case 'binarySoftmax':
        return tf.unstack(softmaxOver(pred, axis), axis).at(-1)!;
      case 'no':
        return dimArgmax === undefined ? pred : argMaxOver(pred, dimArgmax);
    }
  }

  /** Adds predictions, after activation, and their targets; both still belong to the caller. */
  protected add(preds: tf.Tensor, targs: tf.Tensor): void {
    const { flatten = true } = this.options;
    if (flatten ? preds.size !== targs.size : preds.shape[0] !== targs.shape[0]) {
      throw new ShapeError(
        `${this.name} has predictions of shape [${preds.shape}] but targets of shape [${targs.shape}]: they must have equal sizes.`,
      );
    }
    const kept = (tensor: tf.Tensor) => tf.keep(flatten ? tf.reshape(tensor, [-1]) : tensor.clone());
    this.preds.push(kept(preds));
    this.targs.push(kept(targs));
  }
}

async function joined(batches: readonly tf.Tensor[]): Promise<tf.TensorBuffer<tf.Rank>> {
  const all = tf.concat([...batches]);
  try {
    return await all.buffer();
  } finally {
    all.dispose();
  }
}
