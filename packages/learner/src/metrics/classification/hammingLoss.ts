import type * as tf from '@tensorflow/tfjs-core';
import { type AccumFunction, AccumMetric } from '../accumMetric.js';
import { checkSampleWeight, mean } from '../weightedMean.js';
import { checkLabels } from './labelsCheck.js';

/** Settings of {@link HammingLoss}. */
export interface HammingLossOptions {
  /** The predictions' class axis (default: the last). */
  axis?: number;
  /** Weight of each item (default 1). */
  sampleWeight?: readonly number[];
}

/** Settings of {@link HammingLossMulti}. */
export interface HammingLossMultiOptions {
  /** Probability threshold for a label (default 0.5). */
  thresh?: number;
  /** Whether to apply the sigmoid to the predictions (default true). */
  sigmoid?: boolean;
  /** Weight of each item (default 1). */
  sampleWeight?: readonly number[];
}

/**
 * The fraction of items whose most probable class is wrong.
 *
 * Source: fastai `metrics.py`, `HammingLoss`; scikit-learn `hamming_loss`.
 */
export class HammingLoss extends AccumMetric {
  constructor({ axis = -1, sampleWeight }: HammingLossOptions = {}) {
    super((preds, targs) => wrongFraction(preds, targs, sampleWeight), {
      dimArgmax: axis,
      name: 'hammingLoss',
      comp: 'less',
    });
  }
}

/**
 * The fraction of wrong labels, for several labels per item.
 *
 * Source: fastai `metrics.py`, `HammingLossMulti`; scikit-learn `hamming_loss`.
 */
export class HammingLossMulti extends AccumMetric {
  constructor({ thresh = 0.5, sigmoid = true, sampleWeight }: HammingLossMultiOptions = {}) {
    const compute: AccumFunction = (preds, targs) => {
      checkLabels(preds, targs);
      return wrongFraction(preds, targs, sampleWeight);
    };
    super(compute, {
      activation: sigmoid ? 'sigmoid' : 'no',
      thresh,
      flatten: false,
      name: 'hammingLoss',
      comp: 'less',
    });
  }
}

function wrongFraction(
  preds: tf.TensorBuffer<tf.Rank>,
  targs: tf.TensorBuffer<tf.Rank>,
  sampleWeight?: readonly number[],
): number {
  const [n = 0, labels = 1] = preds.shape;
  checkSampleWeight(sampleWeight, n);
  const wrong = Array.from(preds.values, (value, i) => Number(value !== targs.values[i]));
  return mean(wrong, sampleWeight && wrong.map((_, i) => sampleWeight[Math.floor(i / labels)]!));
}
