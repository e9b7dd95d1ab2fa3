import { type Figure, heatMap, type Module, plotCourses, withoutGradient } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { LearnerError } from '../../errors.js';
import { HookCallback, type HookCallbackOptions } from './hookCallback.js';

/** Settings of {@link ActivationStats}. */
export interface ActivationStatsOptions extends Omit<HookCallbackOptions, 'isForward' | 'detach'> {
  /** Record histograms too, which `hist` and `colorDim` need (default false). */
  withHist?: boolean;
}

/** Statistics of the outputs of a layer for one batch. */
export interface LayerStats {
  mean: number;
  /** The unbiased standard deviation. */
  std: number;
  /** The share of values of at most 0.05. */
  nearZero: number;
  /** With `withHist`: how many values there are in each of 40 equal intervals from 0 to 10. */
  hist?: number[];
}

/** Intervals of the histogram. */
const BINS = 40;
/** Where the histogram ends. */
const TOP = 10;
/** Up to which value an activation is near zero. */
const NEAR_ZERO = 0.05;

/**
 * Records mean, deviation and share of small values of each layer's outputs in training: a look at whether
 * activations vanish, explode or die.
 *
 * Statistics stay on the engine until an epoch's training ends, so that it is not stalled for each batch.
 *
 * Source: fastai `callback/hook.py`, `ActivationStats`.
 *
 * @example
 * const stats = new ActivationStats({ withHist: true });
 * await learn.fitOneCycle(1, 3e-3, { cbs: stats });
 * await stats.plotLayerStats(-2).save('stats.png');
 * const colours = await stats.colorDim(-2);
 * await colours.save('colours.png');
 */
export class ActivationStats extends HookCallback<tf.Tensor> {
  override order = -20;
  override fitOnly = true;
  /** The statistics of each recorded batch, for each of `modules`; complete once the training of an epoch is over. */
  stats: LayerStats[][] = [];

  private readonly withHist: boolean;
  private pending: tf.Tensor[] = [];

  constructor({ withHist = false, ...options }: ActivationStatsOptions = {}) {
    super(options);
    this.withHist = withHist;
  }

  protected override hook(_module: Module, _inputs: tf.Tensor[], output: tf.Tensor): tf.Tensor {
    // Validation is not recorded.
    if (!this.learn.training) return tf.scalar(0);
    return withoutGradient(() => {
      const mean = tf.mean(output);
      const squares = tf.sum(tf.squaredDifference(output, mean));
      const std = tf.sqrt(tf.div(squares, output.size - 1));
      const nearZero = tf.mean(tf.cast(tf.lessEqual(output, NEAR_ZERO), 'float32'));
      const numbers = tf.stack([mean, std, nearZero]);
      return this.withHist ? tf.concat([numbers, histogram(output)]) : numbers;
    });
  }

  override beforeFit(): void {
    super.beforeFit();
    this.stats = [];
  }

  override afterBatch(): void {
    if (this.isDue && this.hooks) {
      const { stored } = this.hooks;
      // A batch that was cancelled early got to some of the modules only.
      if (stored.every((one) => one?.rank === 1)) this.pending.push(tf.stack(stored as tf.Tensor[]));
    }
    super.afterBatch();
  }

  override async afterTrain(): Promise<void> {
    const batches = this.pending;
    this.pending = [];
    for (const batch of batches) {
      const rows = (await batch.array()) as number[][];
      this.stats.push(rows.map(([mean, std, nearZero, ...hist]) => this.layer(mean!, std!, nearZero!, hist)));
      batch.dispose();
    }
  }

  override cleanUp(): void {
    super.cleanUp();
    tf.dispose(this.pending);
    this.pending = [];
  }

  /**
   * The course of a layer's statistics over the recorded batches.
   *
   * @param index the layer's place in `modules`, counted from the end when negative
   * @throws LearnerError when nothing was recorded, or there is no such layer
   */
  layerStats(index: number): { mean: number[]; std: number[]; nearZero: number[] } {
    const layer = this.ofLayer(index);
    return {
      mean: layer.map(({ mean }) => mean),
      std: layer.map(({ std }) => std),
      nearZero: layer.map(({ nearZero }) => nearZero),
    };
  }

  /**
   * A layer's histograms: for each of the 40 intervals the course of `log(1 + count)` over the recorded batches.
   *
   * @throws LearnerError when no histograms were recorded, or there is no such layer
   */
  hist(index: number): number[][] {
    const layer = this.ofLayer(index);
    if (!layer[0]!.hist) {
      throw new LearnerError('No histograms were recorded: make the ActivationStats with withHist: true.');
    }
    return Array.from({ length: BINS }, (_, bin) => layer.map(({ hist }) => Math.log1p(hist![bin]!)));
  }

  /** The "colourful dimension": a layer's histograms as columns of colours, batch beside batch, small values below. */
  async colorDim(index: number): Promise<Figure> {
    return heatMap(this.hist(index).reverse(), { xLabel: 'recorded batches', yLabel: 'activations' });
  }

  /** Three plots of a layer's mean, deviation and share of values near zero over the recorded batches. */
  plotLayerStats(index: number): Figure {
    const { mean, std, nearZero } = this.layerStats(index);
    return plotCourses({ mean, std, '% near zero': nearZero });
  }

  private layer(mean: number, std: number, nearZero: number, hist: number[]): LayerStats {
    return this.withHist ? { mean, std, nearZero, hist } : { mean, std, nearZero };
  }

  private ofLayer(index: number): LayerStats[] {
    const layer = this.stats.map((batch) => batch.at(index));
    if (layer.length > 0 && layer.every((stats) => stats !== undefined)) return layer;
    throw new LearnerError(
      layer.length === 0
        ? 'No activations were recorded yet: fit with the ActivationStats first.'
        : `There is no layer ${index}: statistics of ${this.stats[0]!.length} were recorded.`,
    );
  }
}

/** How many values lie in each interval; those outside of all are left out. */
function histogram(output: tf.Tensor): tf.Tensor1D {
  const flat = tf.reshape(output, [-1]);
  const isIn = tf.logicalAnd(tf.greaterEqual(flat, 0), tf.lessEqual(flat, TOP));
  const place = tf.minimum(tf.floor(tf.mul(flat, BINS / TOP)), BINS - 1);
  const places = tf.cast(tf.where(isIn, place, BINS), 'int32') as tf.Tensor1D;
  return tf.slice1d(tf.bincount(places, tf.tensor1d([]), BINS + 1), 0, BINS);
}
