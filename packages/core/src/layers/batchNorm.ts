import * as tf from '@tensorflow/tfjs-core';
import { checkInteger, checkNumber } from '../checkNumber.js';
import { ShapeError } from '../errors.js';
import type { NormStatistics } from '../functional/convolution/conv2dNorm.js';
import {
  type BatchNormTrainOptions,
  batchNorm,
  batchNormTrain,
  type Moments,
} from '../functional/normalization/batchNorm.js';
import { nextRunningMoments } from '../functional/normalization/runningMoments.js';
import { constant } from '../modules/init.js';
import { Module } from '../modules/module.js';
import { ModuleBuffer, Parameter } from '../modules/parameter.js';
import { nameOf, registered } from '../registry/registry.js';

/** Options of {@link BatchNorm1d} and {@link BatchNorm2d}. */
export interface BatchNormOptions {
  /** Added to the variance (default 1e-5). */
  eps?: number;
  /** Weight of the batch's statistics in the running ones (default 0.1). */
  momentum?: number;
  /** Whether it has a learnable weight and bias per channel (default true). */
  affine?: boolean;
  /** Whether it keeps running statistics and uses them in evaluation (default true). */
  trackRunningStats?: boolean;
}

/**
 * `y = (x − mean) / √(variance + eps) · weight + bias` per channel, over all axes but the last. In training with the
 * batch's mean and biased variance; in evaluation with the running ones.
 *
 * As in PyTorch, `running = (1 − momentum) · running + momentum · batch`, with the unbiased variance.
 *
 * Source: Ioffe and Szegedy 2015; PyTorch `torch/nn/modules/batchnorm.py`.
 */
export abstract class BatchNorm extends Module {
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;
  readonly runningMean: ModuleBuffer | null;
  readonly runningVar: ModuleBuffer | null;
  readonly numBatchesTracked: ModuleBuffer | null;
  readonly eps: number;
  momentum: number;

  constructor(
    readonly numFeatures: number,
    { eps = 1e-5, momentum = 0.1, affine = true, trackRunningStats = true }: BatchNormOptions = {},
  ) {
    super();
    checkInteger('numFeatures', numFeatures, { min: 1 });
    checkNumber('eps', eps, { min: 0 });
    checkNumber('momentum', momentum, { min: 0, max: 1 });
    this.eps = eps;
    this.momentum = momentum;
    this.weight = affine ? new Parameter(constant([numFeatures], 1)) : null;
    this.bias = affine ? new Parameter(constant([numFeatures], 0)) : null;
    this.runningMean = trackRunningStats ? new ModuleBuffer(constant([numFeatures], 0)) : null;
    this.runningVar = trackRunningStats ? new ModuleBuffer(constant([numFeatures], 1)) : null;
    this.numBatchesTracked = trackRunningStats ? new ModuleBuffer(constant([], 0, 'int32')) : null;
  }

  /** The allowed ranks of its input. */
  protected abstract readonly ranks: readonly number[];

  forward(x: tf.Tensor): tf.Tensor {
    this.check(x);
    const known = this.statistics;
    if (!known) return this.byBatch(x);
    return batchNorm(x, known.mean, known.variance, known.scale, known.offset, known.epsilon);
  }

  /** The running statistics, where they are used; `null` where it uses the batch's. */
  get statistics(): NormStatistics | null {
    const { runningMean, runningVar, eps: epsilon } = this;
    if (this.training || !runningMean || !runningVar) return null;
    const [mean, variance] = [runningMean.value as tf.Tensor1D, runningVar.value as tf.Tensor1D];
    return { mean, variance, ...this.affine(), epsilon };
  }

  /** The output using the batch's statistics, which update the running ones in training; see {@link batchNormTrain}. */
  byBatch(x: tf.Tensor, options: Omit<BatchNormTrainOptions, 'epsilon'> = {}): tf.Tensor {
    this.check(x);
    const { scale, offset } = this.affine();
    const { y, ...moments } = batchNormTrain(x, scale, offset, { ...options, epsilon: this.eps });
    if (this.training) this.track(moments, x.size / this.numFeatures);
    return y;
  }

  private affine(): { scale: tf.Tensor; offset: tf.Tensor } {
    return {
      scale: this.weight?.value ?? tf.ones([this.numFeatures]),
      offset: this.bias?.value ?? tf.zeros([this.numFeatures]),
    };
  }

  private track(batch: Moments, values: number): void {
    const { runningMean, runningVar, numBatchesTracked, momentum } = this;
    if (!runningMean || !runningVar || !numBatchesTracked) return;
    const [mean, variance, count] = [runningMean.value, runningVar.value, numBatchesTracked.value];
    const next = nextRunningMoments({ mean, variance, count }, batch, { momentum, values });
    mean.assign(next.mean);
    variance.assign(next.variance);
    count.assign(next.count);
    tf.dispose([next.mean, next.variance, next.count]);
  }

  private check(x: tf.Tensor): void {
    if (!this.ranks.includes(x.rank) || x.shape.at(-1) !== this.numFeatures) {
      throw new ShapeError(
        `${nameOf(this)} of ${this.numFeatures} channels takes a tensor of rank ${this.ranks.join(' or ')} whose last axis is ${this.numFeatures}, got [${x.shape}].`,
      );
    }
    if (this.training && x.size === this.numFeatures) {
      throw new ShapeError(
        `Batch norm in training needs more than one value per channel, got [${x.shape}]: use a larger batch size, or dropLast.`,
      );
    }
  }
}

/** {@link BatchNorm} of images `[n, height, width, channels]`. */
@registered('BatchNorm2d')
export class BatchNorm2d extends BatchNorm {
  protected readonly ranks = [4];
}

/** {@link BatchNorm} of features `[n, channels]` or of sequences `[n, length, channels]`. */
@registered('BatchNorm1d')
export class BatchNorm1d extends BatchNorm {
  protected readonly ranks = [2, 3];
}
