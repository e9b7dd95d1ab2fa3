import type * as tf from '@tensorflow/tfjs-core';
import { AccumMetric } from '../accumMetric.js';
import { checkSampleWeight, mean } from '../weightedMean.js';
import { checkLabels, checkTwoClasses } from './labelsCheck.js';

/** Settings of {@link BrierScore}. */
export interface BrierScoreOptions {
  /** The predictions' class axis (default: the last). */
  axis?: number;
  /** Weight of each item (default 1). */
  sampleWeight?: readonly number[];
  /** The class that a prediction of 1 means (default 1). */
  posLabel?: number;
}

/** Settings of {@link BrierScoreMulti}. */
export interface BrierScoreMultiOptions {
  /** Probability threshold for a label (default 0.5). */
  thresh?: number;
  /** Whether to apply the sigmoid to the predictions (default true). */
  sigmoid?: boolean;
  /** Weight of each item (default 1). */
  sampleWeight?: readonly number[];
}

/**
 * The mean squared difference of predictions and targets, for two classes. As in fastai, predictions are the index of the
 * most probable class, 0 or 1, rather than probabilities.
 *
 * Source: Brier 1950; fastai `metrics.py`, `BrierScore`; scikit-learn `brier_score_loss`.
 *
 * @throws LearnerError when there are more than two classes.
 */
export class BrierScore extends AccumMetric {
  constructor({ axis = -1, sampleWeight, posLabel = 1 }: BrierScoreOptions = {}) {
    super(
      (preds, targs) => {
        checkSampleWeight(sampleWeight, targs.size);
        checkTwoClasses('BrierScore', 'another metric, such as accuracy', preds.values, targs.values);
        const squares = Array.from(
          preds.values,
          (pred, i) => (pred - Number(targs.values[i] === posLabel)) ** 2,
        );
        return mean(squares, sampleWeight);
      },
      { dimArgmax: axis, name: 'brierScoreLoss', comp: 'less' },
    );
  }
}

/**
 * The squared difference of predictions and targets, summed over the labels (for two labels, half the sum) and averaged
 * over the items. As in fastai, predictions are 0 or 1 by `thresh` rather than probabilities.
 *
 * Source: fastai `metrics.py`, `BrierScoreMulti`; scikit-learn `brier_score_loss`.
 */
export class BrierScoreMulti extends AccumMetric {
  constructor({ thresh = 0.5, sigmoid = true, sampleWeight }: BrierScoreMultiOptions = {}) {
    super(
      (preds, targs) => {
        checkLabels(preds, targs);
        checkSampleWeight(sampleWeight, preds.shape[0]!);
        const sums = squaresByRow(preds, targs);
        return mean(sums, sampleWeight) / (preds.shape[1] === 2 ? 2 : 1);
      },
      {
        activation: sigmoid ? 'sigmoid' : 'no',
        thresh,
        flatten: false,
        name: 'brierScoreLoss',
        comp: 'less',
      },
    );
  }
}

function squaresByRow(
  { shape, values: preds }: tf.TensorBuffer<tf.Rank>,
  { values: targs }: tf.TensorBuffer<tf.Rank>,
): number[] {
  const [n = 0, labels = 0] = shape;
  return Array.from({ length: n }, (_, i) => {
    let sum = 0;
    for (let k = i * labels; k < (i + 1) * labels; k++) sum += (preds[k]! - targs[k]!) ** 2;
    return sum;
  });
}
