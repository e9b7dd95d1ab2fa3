import { AccumMetric } from '../accumMetric.js';
import { checkSampleWeight, mean } from '../weightedMean.js';
import { confusionMatrix } from './confusionMatrix.js';
import { share } from './labelScore.js';

/** Settings of metrics of one label an item. */
export interface AgreementOptions {
  /** Which axis of the predictions has the classes (default the last). */
  axis?: number;
  /** How much each item counts (default 1). */
  sampleWeight?: readonly number[];
}

/** Settings of {@link BalancedAccuracy}. */
export interface BalancedAccuracyOptions extends AgreementOptions {
  /** Rescale so that guessing gives 0 (default false). */
  adjusted?: boolean;
}

/** Settings of {@link CohenKappa}. */
export interface CohenKappaOptions extends AgreementOptions {
  /** The classes that count (default all that occur). */
  labels?: readonly number[];
  /** How bad a confusion is: each alike (default), or by how far the classes' numbers are apart, or by its square. */
  weights?: 'linear' | 'quadratic';
}

/** Settings of {@link MatthewsCorrCoefMulti}. */
export interface MatthewsMultiOptions {
  /** From which probability on an item is said to have a label (default 0.5). */
  thresh?: number;
  /** Whether predictions have yet to go through the sigmoid (default true). */
  sigmoid?: boolean;
}

/**
 * The mean over the classes of how many of a class's items are found, which frequent classes do not dominate.
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
 * How far predictions and targets agree beyond what chance would give: 1 in all, 0 as by chance.
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
        const badness = (i: number, k: number) => distance(i, k) ** (weights === 'quadratic' ? 2 : 1);
        const sumOf = (of: (i: number, k: number) => number) =>
          total(rows.map((_, i) => total(columns.map((_, k) => badness(i, k) * of(i, k)))));
        const byChance = sumOf((i, k) => (rows[i]! * columns[k]!) / total(rows));
        return 1 - sumOf((i, k) => matrix[i]![k]!) / byChance;
      },
      { dimArgmax: axis, name: 'cohenKappaScore' },
    );
  }
}

/**
 * The correlation of predicted with true classes: 1 if all are right, 0 as by chance, −1 if two classes are swapped.
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
 * The correlation of predicted with true labels, for several labels an item: over all items and labels together.
 *
 * fastai has a class of this name, which scikit-learn refuses to compute: its coefficient knows one label an item only.
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
