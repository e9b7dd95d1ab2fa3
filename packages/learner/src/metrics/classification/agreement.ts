import { AccumMetric } from '../accumMetric.js';
import { checkSampleWeight, mean } from '../weightedMean.js';
import { confusionMatrix } from './confusionMatrix.js';
import { share } from './labelScore.js';

/** Settings of metrics of one label per item. */
export interface AgreementOptions {
  /** The predictions' class axis (default: the last). */
  axis?: number;
  /** Weight of each item (default 1). */
  sampleWeight?: readonly number[];
}

/** Settings of {@link BalancedAccuracy}. */
export interface BalancedAccuracyOptions extends AgreementOptions {
  /** Whether to rescale so that random predictions score 0 (default false). */
  adjusted?: boolean;
}

/** Settings of {@link CohenKappa}. */
export interface CohenKappaOptions extends AgreementOptions {
  /** The classes to include (default: all that occur). */
  labels?: readonly number[];
  /** Penalty of a confusion: equal for all (default), or the distance of the class indices, or its square. */
  weights?: 'linear' | 'quadratic';
}

/** Settings of {@link MatthewsCorrCoefMulti}. */
export interface MatthewsMultiOptions {
  /** Probability threshold for a label (default 0.5). */
  thresh?: number;
  /** Whether to apply the sigmoid to the predictions (default true). */
  sigmoid?: boolean;
}

/**
 * The mean recall over the classes, which frequent classes do not dominate.
 *
 * Source: fastai `metrics.py`, `BalancedAccuracy`; scikit-learn `balanced_accuracy_score`.
 */
export class BalancedAccuracy extends AccumMetric {
  constructor({ axis = -1, sampleWeight, adjusted = false }: BalancedAccuracyOptions = {}) {
    super(
      (preds, targs) => {
        checkSampleWeight(sampleWeight, targs.size);
        const recalls = confusionMatrix(preds.values, targs.values, { sampleWeight }).flatMap((row, i) => {
          const actual = total(row);
          return actual > 0 ? [row[i]! / actual] : [];
        });
        const chance = 1 / recalls.length;
        return adjusted ? (mean(recalls) - chance) / (1 - chance) : mean(recalls);
      },
      { dimArgmax: axis, name: 'balancedAccuracyScore' },
    );
  }
}

/**
 * The agreement of predictions and targets beyond chance: 1 is perfect, 0 is chance level.
 *
 * Source: Cohen 1960; fastai `metrics.py`, `CohenKappa`; scikit-learn `cohen_kappa_score`.
 */
export class CohenKappa extends AccumMetric {
  constructor({ axis = -1, sampleWeight, labels, weights }: CohenKappaOptions = {}) {
    super(
      (preds, targs) => {
        checkSampleWeight(sampleWeight, targs.size);
        const matrix = confusionMatrix(preds.values, targs.values, { labels, sampleWeight });
        const [rows, columns] = [
          matrix.map(total),
          matrix.map((_, k) => total(matrix.map((row) => row[k]!))),
        ];
        const distance = (i: number, k: number) =>
          weights === undefined ? Number(i !== k) : Math.abs(i - k);
        const penalty = (i: number, k: number) => distance(i, k) ** (weights === 'quadratic' ? 2 : 1);
        const sumOf = (of: (i: number, k: number) => number) =>
          total(rows.map((_, i) => total(columns.map((_, k) => penalty(i, k) * of(i, k)))));
        const byChance = sumOf((i, k) => (rows[i]! * columns[k]!) / total(rows));
        return 1 - sumOf((i, k) => matrix[i]![k]!) / byChance;
      },
      { dimArgmax: axis, name: 'cohenKappaScore' },
    );
  }
}

/**
 * The correlation of predicted and true classes: 1 is perfect, 0 is chance level, −1 means two swapped classes.
 *
 * Source: Gorodkin 2004; fastai `metrics.py`, `MatthewsCorrCoef`; scikit-learn `matthews_corrcoef`.
 */
export class MatthewsCorrCoef extends AccumMetric {
  constructor({ axis = -1, sampleWeight }: AgreementOptions = {}) {
    super(
      (preds, targs) => {
        checkSampleWeight(sampleWeight, targs.size);
        return matthews(confusionMatrix(preds.values, targs.values, { sampleWeight }));
      },
      { dimArgmax: axis, name: 'matthewsCorrcoef' },
    );
  }
}

/**
 * The correlation of predicted and true labels over all items and labels, for several labels per item.
 *
 * fastai's class of this name fails, because scikit-learn's coefficient supports only one label per item.
 */
export class MatthewsCorrCoefMulti extends AccumMetric {
  constructor({ thresh = 0.5, sigmoid = true }: MatthewsMultiOptions = {}) {
    super((preds, targs) => matthews(confusionMatrix(preds.values, targs.values)), {
      activation: sigmoid ? 'sigmoid' : 'no',
      thresh,
      name: 'matthewsCorrcoef',
    });
  }
}

function matthews(matrix: readonly number[][]): number {
  const [actual, predicted] = [matrix.map(total), matrix.map((_, k) => total(matrix.map((row) => row[k]!)))];
  const n = total(actual);
  const right = total(matrix.map((row, i) => row[i]!));
  const dot = (a: readonly number[], b: readonly number[]) => total(a.map((value, i) => value * b[i]!));
  const spread = (n ** 2 - dot(actual, actual)) * (n ** 2 - dot(predicted, predicted));
  return share(n * right - dot(actual, predicted), Math.sqrt(spread));
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, value) => sum + value, 0);
}
