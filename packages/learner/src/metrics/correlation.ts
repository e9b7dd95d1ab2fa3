import { AccumMetric, type AccumMetricOptions } from './accumMetric.js';
import { mean } from './weightedMean.js';

/**
 * The linear correlation of predictions and targets, from −1 to 1. NaN if all predictions or all targets are equal.
 *
 * Source: fastai `metrics.py`, `PearsonCorrCoef`.
 */
export class PearsonCorrCoef extends AccumMetric {
  constructor(options: AccumMetricOptions = {}) {
    super((preds, targs) => correlation(preds.values, targs.values), { name: 'pearsonr', ...options });
  }
}

/**
 * The rank correlation of predictions and targets; equal numbers share their mean rank.
 *
 * Source: fastai `metrics.py`, `SpearmanCorrCoef`.
 */
export class SpearmanCorrCoef extends AccumMetric {
  constructor(options: AccumMetricOptions = {}) {
    super((preds, targs) => correlation(ranks(preds.values), ranks(targs.values)), {
      name: 'spearmanr',
      ...options,
    });
  }
}

function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  let [both, squaresA, squaresB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [offA, offB] = [a[i]! - meanA, b[i]! - meanB];
    both += offA * offB;
    squaresA += offA ** 2;
    squaresB += offB ** 2;
  }
  return both / Math.sqrt(squaresA * squaresB);
}

function ranks(values: ArrayLike<number>): Float64Array {
  const order = [...Array(values.length).keys()].sort((i, k) => values[i]! - values[k]!);
  const ranked = new Float64Array(values.length);
  for (let start = 0, end = 0; start < order.length; start = end) {
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    for (let place = start; place < end; place++) ranked[order[place]!] = (start + end - 1) / 2;
  }
  return ranked;
}
