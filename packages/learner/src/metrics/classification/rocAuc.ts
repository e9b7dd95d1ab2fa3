import type * as tf from '@tensorflow/tfjs-core';
import { LearnerError } from '../../errors.js';
import { AccumMetric } from '../accumMetric.js';
import { checkSampleWeight, mean } from '../weightedMean.js';
import { averageBinary, type BinaryScore } from './binaryAverages.js';
import type { Average } from './labelScore.js';
import { checkLabels, checkTwoClasses } from './labelsCheck.js';
import { thresholdCurve } from './thresholdCurve.js';

/** Settings of {@link RocAuc}. */
export interface RocAucOptions {
  /** Which axis of the predictions has the classes (default the last). */
  axis?: number;
  /** How classes' areas become one (default `'macro'`); `'micro'` is for `'ovr'` only. */
  average?: 'macro' | 'weighted' | 'micro';
  /** Each class against all others (default), or each pair of classes. */
  multiClass?: 'ovr' | 'ovo';
  /** How much each item counts (default 1); for `'ovr'` only. */
  sampleWeight?: readonly number[];
}

/** Settings of {@link RocAucBinary}. */
export interface RocAucBinaryOptions {
  /** Which axis of the predictions has the two classes (default the last). */
  axis?: number;
  /** Take the area only up to this rate of false alarms, rescaled so that guessing gives 0.5 (default 1). */
  maxFpr?: number;
  /** How much each item counts (default 1). */
  sampleWeight?: readonly number[];
}

/** Settings of {@link RocAucMulti}. */
export interface RocAucMultiOptions {
  /** Whether predictions have yet to go through the sigmoid (default true). */
  sigmoid?: boolean;
  /** How labels' areas become one (default `'macro'`). */
  average?: Exclude<Average, 'binary'>;
  /** Take the area only up to this rate of false alarms, rescaled so that guessing gives 0.5 (default 1). */
  maxFpr?: number;
  /** How much each item counts (default 1). */
  sampleWeight?: readonly number[];
}

/**
 * The chance that an item of a class gets a higher probability of it than an item of another class, averaged: the area
 * under the ROC curve. Not a number where a class of the model has no item, or all.
 *
 * Source: fastai `metrics.py`, `RocAuc`; scikit-learn `roc_auc_score`; for `'ovo'` Hand and Till 2001.
 */
export class RocAuc extends AccumMetric {
  constructor({ axis = -1, average = 'macro', multiClass = 'ovr', sampleWeight }: RocAucOptions = {}) {
    if (multiClass === 'ovo' && (average === 'micro' || sampleWeight)) {
      throw new LearnerError(
        "RocAuc knows average 'micro' and sampleWeight for multiClass 'ovr' only: give that, or leave them out.",
      );
    }
    super(
      (preds, targs) => {
        checkSampleWeight(sampleWeight, targs.size);
        if (multiClass === 'ovo') return onePairAtATime(preds, targs.values, average === 'weighted');
        const classes = preds.shape[1]!;
        const truth = Array.from(preds.values, (_, i) =>
          Number(targs.values[Math.floor(i / classes)] === i % classes),
        );
        return averageBinary(areaUnderRoc(), preds, truth, average, sampleWeight);
      },
      { activation: 'softmax', dimArgmax: axis, flatten: false, name: 'rocAucScore' },
    );
  }
}

/**
 * The area under the ROC curve, for two classes: of the last one's probability.
 *
 * Source: fastai `metrics.py`, `RocAucBinary`; scikit-learn `roc_auc_score`.
 *
 * @throws LearnerError when there are more than two classes
 */
export class RocAucBinary extends AccumMetric {
  constructor({ axis = -1, maxFpr, sampleWeight }: RocAucBinaryOptions = {}) {
    const area = areaUnderRoc(maxFpr);
    super(
      (preds, targs) => {
        checkTwoClasses('RocAucBinary', 'RocAuc', targs.values);
        checkSampleWeight(sampleWeight, targs.size);
        return area(Array.from(preds.values), Array.from(targs.values), sampleWeight);
      },
      { activation: 'binarySoftmax', dimArgmax: axis, name: 'rocAucScore' },
    );
  }
}

/**
 * The area under the ROC curve of each label, averaged, for several labels an item.
 *
 * Source: fastai `metrics.py`, `RocAucMulti`; scikit-learn `roc_auc_score`.
 */
export class RocAucMulti extends AccumMetric {
  constructor({ sigmoid = true, average = 'macro', maxFpr, sampleWeight }: RocAucMultiOptions = {}) {
    const area = areaUnderRoc(maxFpr);
    super(
      (preds, targs) => {
        checkLabels(preds, targs);
        checkSampleWeight(sampleWeight, preds.shape[0]!);
        return averageBinary(area, preds, targs.values, average, sampleWeight);
      },
      { activation: sigmoid ? 'sigmoid' : 'no', flatten: false, name: 'rocAucScore' },
    );
  }
}

function areaUnderRoc(maxFpr = 1): BinaryScore {
  if (!(maxFpr > 0 && maxFpr <= 1)) {
    throw new LearnerError(`maxFpr must be above 0 and at most 1; got ${maxFpr}.`);
  }
  return (scores, truth, sampleWeight) => {
    const { truePositives, falsePositives } = thresholdCurve(scores, truth, sampleWeight);
    const [positives, negatives] = [truePositives.at(-1) ?? 0, falsePositives.at(-1) ?? 0];
    if (positives === 0 || negatives === 0) return Number.NaN;
    const limit = maxFpr * negatives;
    let area = 0;
    let [x, y] = [0, 0];
    for (let i = 0; i < truePositives.length && x < limit; i++) {
      const [nextX, nextY] = [falsePositives[i]!, truePositives[i]!];
      const reached = Math.min(nextX, limit);
      const height = nextX === x ? nextY : y + ((nextY - y) * (reached - x)) / (nextX - x);
      area += ((reached - x) * (y + height)) / 2;
      [x, y] = [reached, height];
    }
    area /= positives * negatives;
    if (maxFpr === 1) return area;
    // McClish 1989: 0.5 for what does not discriminate, 1 at most.
    const least = maxFpr ** 2 / 2;
    return 0.5 * (1 + (area - least) / (maxFpr - least));
  };
}

function onePairAtATime(
  { shape, values }: tf.TensorBuffer<tf.Rank>,
  targs: ArrayLike<number>,
  isWeighted: boolean,
): number {
  const classes = shape[1]!;
  const area = areaUnderRoc();
  const [areas, sizes]: [number[], number[]] = [[], []];
  for (let a = 0; a < classes; a++) {
    for (let b = a + 1; b < classes; b++) {
      const items = Array.from(targs).flatMap((label, i) => (label === a || label === b ? [i] : []));
      const of = (label: number) =>
        area(
          items.map((i) => values[i * classes + label]!),
          items.map((i) => Number(targs[i] === label)),
        );
      areas.push((of(a) + of(b)) / 2);
      sizes.push(items.length);
    }
  }
  return mean(areas, isWeighted ? sizes : undefined);
}
