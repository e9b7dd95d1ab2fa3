import { AccumMetric } from '../accumMetric.js';
import { checkSampleWeight } from '../weightedMean.js';
import { averageBinary, type BinaryScore } from './binaryAverages.js';
import type { Average } from './labelScore.js';
import { checkLabels, checkTwoClasses } from './labelsCheck.js';
import { thresholdCurve } from './thresholdCurve.js';

/** Settings of {@link APScoreBinary}. */
export interface APScoreBinaryOptions {
  /** The predictions' class axis (default: the last). */
  axis?: number;
  /** The positive class (default 1); predictions are the last class's probability. */
  posLabel?: number;
  /** Weight of each item (default 1). */
  sampleWeight?: readonly number[];
}

/** Settings of {@link APScoreMulti}. */
export interface APScoreMultiOptions {
  /** Whether to apply the sigmoid to the predictions (default true). */
  sigmoid?: boolean;
  /** How the labels' scores are averaged (default `'macro'`). */
  average?: Exclude<Average, 'binary'>;
  /** Weight of each item (default 1). */
  sampleWeight?: readonly number[];
}

/**
 * The precision at each threshold, weighted by the increase in recall: the area under the precision-recall curve.
 *
 * Source: fastai `metrics.py`, `APScoreBinary`; scikit-learn `average_precision_score`.
 *
 * @throws LearnerError when there are more than two classes.
 */
export class APScoreBinary extends AccumMetric {
  constructor({ axis = -1, posLabel = 1, sampleWeight }: APScoreBinaryOptions = {}) {
    super(
      (preds, targs) => {
        checkTwoClasses('APScoreBinary', 'another metric, such as RocAuc', targs.values);
        checkSampleWeight(sampleWeight, targs.size);
        const truth = Array.from(targs.values, (label) => Number(label === posLabel));
        return averagePrecision(Array.from(preds.values), truth, sampleWeight);
      },
      { activation: 'binarySoftmax', dimArgmax: axis, name: 'averagePrecisionScore' },
    );
  }
}

/**
 * The average precision of each label, averaged over labels, for several labels per item.
 *
 * Source: fastai `metrics.py`, `APScoreMulti`; scikit-learn `average_precision_score`.
 */
export class APScoreMulti extends AccumMetric {
  constructor({ sigmoid = true, average = 'macro', sampleWeight }: APScoreMultiOptions = {}) {
    super(
      (preds, targs) => {
        checkLabels(preds, targs);
        checkSampleWeight(sampleWeight, preds.shape[0]!);
        return averageBinary(averagePrecision, preds, targs.values, average, sampleWeight);
      },
      { activation: sigmoid ? 'sigmoid' : 'no', flatten: false, name: 'averagePrecisionScore' },
    );
  }
}

const averagePrecision: BinaryScore = (scores, truth, sampleWeight) => {
  const { truePositives, falsePositives } = thresholdCurve(scores, truth, sampleWeight);
  const all = truePositives.at(-1) ?? 0;
  if (all === 0) return 0;
  return truePositives.reduce((sum, found, i) => {
    const gain = (found - (truePositives[i - 1] ?? 0)) / all;
    return gain > 0 ? sum + (gain * found) / (found + falsePositives[i]!) : sum;
  }, 0);
};
