import { type Figure, heatMap, type Module, plotCourses, withoutGradient } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { LearnerError } from '../../errors.js';
import { HookCallback, type HookCallbackOptions } from './hookCallback.js';

/** Options of {@link ActivationStats}. */
export interface ActivationStatsOptions extends Omit<HookCallbackOptions, 'isForward' | 'detach'> {
  /** Whether to also record histograms, which `hist` and `colorDim` require (default false). */
  withHist?: boolean;
}

/** Statistics of a layer's outputs for one batch. */
export interface LayerStats {
  mean: number;
  /** The unbiased standard deviation. */
  std: number;
  /** The fraction of values ≤ 0.05. */
  nearZero: number;
  /** With `withHist`: the number of values in each of 40 equal bins from 0 to 10. */
  hist?: number[];
}

/** Number of histogram bins. */
const BINS = 40;
/** Upper end of the histogram. */
const TOP = 10;
/** Activations up to this value count as near zero. */
const NEAR_ZERO = 0.05;

/**
 * Records mean, standard deviation and fraction of near-zero values of each layer's outputs in training, to show
 * whether activations vanish, explode or die.
 *
 * Statistics stay on the engine until an epoch's training ends, to avoid a synchronization per batch.
 *
 * Source: fastai `callback/hook.py`, `ActivationStats`.
 *
 * @example
 * const stats = new ActivationStats({ withHist: true });
 * await learn.fitOneCycle(1, 3e-3, { cbs: stats });
 * await stats.plotLayerStats(-2).save('stats.png');
 * const colors = await stats.colorDim(-2);
 * await colors.save('colors.png');
 */
export class ActivationStats extends HookCallback<tf.Tensor> {
  static override readonly name: string = 'ActivationStats';
  override order = -20;
  override fitOnly = true;
  /** The statistics of each recorded batch, per module in `modules`; complete after an epoch's training. */
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
      // A batch that was canceled early reached only some of the modules.
      if (stored.every((one) => one?.rank === 1)) this.pending.push(tf.stack(stored as tf.Tensor[]));
    }
    super.afterBatch();
  }

  override async stateDict(): Promise<{ stats: LayerStats[][] }> {
    await this.read();
    return { stats: this.stats };
  }

  override loadStateDict({ stats }: { stats: LayerStats[][] }): void {
    this.stats = stats;
  }

  override afterTrain(): Promise<void> {
    return this.read();
  }

  /** Adds the batches that were not read from the engine. */
  private async read(): Promise<void> {
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
   * A layer's statistics per recorded batch.
   *
   * @param index The layer's index in `modules`, counted from the end when negative.
   * @throws LearnerError when nothing was recorded, or the layer does not exist.
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
   * A layer's histograms: for each of the 40 bins, `log(1 + count)` per recorded batch.
   *
   * @throws LearnerError when no histograms were recorded, or the layer does not exist.
   */
  hist(index: number): number[][] {
    const layer = this.ofLayer(index);
    if (!layer[0]!.hist) {
      throw new LearnerError('No histograms were recorded: create the ActivationStats with withHist: true.');
    }
    return Array.from({ length: BINS }, (_, bin) => layer.map(({ hist }) => Math.log1p(hist![bin]!)));
  }

  /** The "colorful dimension" plot: a layer's histograms as color columns, one per batch, small values lowest. */
  async colorDim(index: number): Promise<Figure> {
    return heatMap(this.hist(index).reverse(), { xLabel: 'recorded batches', yLabel: 'activations' });
  }

  /** Three plots of a layer's mean, standard deviation and fraction of near-zero values per recorded batch. */
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
        ? 'No activations were recorded: fit with the ActivationStats first.'
        : `Layer ${index} does not exist: ${this.stats[0]!.length} layers were recorded.`,
    );
  }
}

/** Number of values in each bin; values outside all bins are ignored. */
function histogram(output: tf.Tensor): tf.Tensor1D {
  const flat = tf.reshape(output, [-1]);
  const isIn = tf.logicalAnd(tf.greaterEqual(flat, 0), tf.lessEqual(flat, TOP));
  const place = tf.minimum(tf.floor(tf.mul(flat, BINS / TOP)), BINS - 1);
  const places = tf.cast(tf.where(isIn, place, BINS), 'int32') as tf.Tensor1D;
  return tf.slice1d(tf.bincount(places, tf.tensor1d([]), BINS + 1), 0, BINS);
}
