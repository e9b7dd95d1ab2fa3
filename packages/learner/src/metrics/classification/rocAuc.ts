import { checkNumber } from '@fastts/core';
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
  /** The predictions' class axis (default: the last). */
  axis?: number;
  /** How the classes' areas are averaged (default `'macro'`); `'micro'` only for `'ovr'`. */
  average?: 'macro' | 'weighted' | 'micro';
  /** One class versus the rest (`'ovr'`, default), or each pair of classes (`'ovo'`). */
  multiClass?: 'ovr' | 'ovo';
  /** Weight of each item (default 1); only for `'ovr'`. */
  sampleWeight?: readonly number[];
}

/** Settings of {@link RocAucBinary}. */
export interface RocAucBinaryOptions {
  /** The predictions' class axis (default: the last). */
  axis?: number;
  /** Maximum false positive rate of a partial area, which is rescaled so that chance level is 0.5 (default 1). */
  maxFpr?: number;
  /** Weight of each item (default 1). */
  sampleWeight?: readonly number[];
}

/** Settings of {@link RocAucMulti}. */
export interface RocAucMultiOptions {
  /** Whether to apply the sigmoid to the predictions (default true). */
  sigmoid?: boolean;
  /** How the labels' areas are averaged (default `'macro'`). */
  average?: Exclude<Average, 'binary'>;
  /** Maximum false positive rate of a partial area, which is rescaled so that chance level is 0.5 (default 1). */
  maxFpr?: number;
  /** Weight of each item (default 1). */
  sampleWeight?: readonly number[];
}

/**
 * The area under the ROC curve, averaged over classes: the probability that an item of a class is assigned a higher
 * probability of it than an item of another class. NaN if a class of the model has no items, or all of them.
 *
 * Source: fastai `metrics.py`, `RocAuc`; scikit-learn `roc_auc_score`; for `'ovo'` Hand and Till 2001.
 */
export class RocAuc extends AccumMetric {
  constructor({ axis = -1, average = 'macro', multiClass = 'ovr', sampleWeight }: RocAucOptions = {}) {
    if (multiClass === 'ovo' && (average === 'micro' || sampleWeight)) {
      throw new LearnerError(
        "RocAuc supports average 'micro' and sampleWeight only for multiClass 'ovr': set that, or omit them.",
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
 * The area under the ROC curve for two classes, from the last class's probability.
 *
 * Source: fastai `metrics.py`, `RocAucBinary`; scikit-learn `roc_auc_score`.
 *
 * @throws LearnerError when there are more than two classes.
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
 * The area under the ROC curve of each label, averaged over labels, for several labels per item.
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
  checkNumber('maxFpr', maxFpr, { above: 0, max: 1 });
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
    // McClish 1989: 0.5 without discrimination, 1 at most.
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
