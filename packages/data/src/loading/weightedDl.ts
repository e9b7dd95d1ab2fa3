import { ArgumentError, type Rng } from '@fastts/core';
import type * as tf from '@tensorflow/tfjs-core';
import { DataLoader, type DataLoaderOptions } from './dataLoader.js';
import type { Datasets } from './datasets.js';

/** Settings of a {@link WeightedDL}. */
export interface WeightedDLOptions extends DataLoaderOptions {
  /** One an item, of any sum: an item of twice the weight comes twice as often (default: all alike). */
  wgts?: readonly number[];
  /** Draw the items of each pass (default true); otherwise each is taken once, in order. */
  shuffle?: boolean;
}

/**
 * A data loader that draws the items of a pass by their weights, with replacement: as many as there are.
 *
 * Source: fastai `callback/data.py`, `WeightedDL`.
 */
export class WeightedDL<X = tf.Tensor4D, Y = tf.Tensor1D> extends DataLoader<X, Y> {
  /** The probabilities of the items in each draw. */
  readonly wgts: readonly number[];

  /** @throws ArgumentError for weights that are not one an item, negative, or all 0 */
  constructor(dataset: Datasets, { wgts, shuffle = true, ...options }: WeightedDLOptions = {}) {
    super(dataset, { ...options, shuffle });
    this.wgts = probabilities(wgts ?? Array<number>(this.n).fill(1), this.n);
  }

  protected override getIdxs(stream: Rng): number[] {
    if (!this.shuffle) return super.getIdxs(stream);
    const draws = stream.fork('order');
    const upTo = cumulative(this.wgts);
    return Array.from(this.wgts, () => firstAbove(upTo, draws.next() * upTo.at(-1)!));
  }

  protected override remade(dataset: Datasets, options: DataLoaderOptions): DataLoader<X, Y> {
    if (dataset !== this.dataset) return super.remade(dataset, options);
    return new WeightedDL<X, Y>(dataset, { ...options, wgts: this.wgts });
  }
}

/**
 * Weights by which each label comes equally often, however many items have it: `items / (labels · items of the label)`.
 *
 * Source: scikit-learn `utils/class_weight.py`, `compute_sample_weight('balanced', labels)`.
 *
 * @param labels one an item
 * @example
 * new WeightedDL(dataset, { wgts: balancedWeights(files.map(parentLabel)) });
 */
export function balancedWeights(labels: readonly unknown[]): number[] {
  const counts = new Map<unknown, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return labels.map((label) => labels.length / (counts.size * counts.get(label)!));
}

function probabilities(wgts: readonly number[], n: number): readonly number[] {
  if (wgts.length !== n) {
    throw new ArgumentError(`wgts must have a weight for each of the ${n} items; it has ${wgts.length}.`);
  }
  const wrong = wgts.find((weight) => !(weight >= 0 && weight < Number.POSITIVE_INFINITY));
  if (wrong !== undefined) throw new ArgumentError(`wgts must be numbers of at least 0; one is ${wrong}.`);
  const sum = wgts.reduce((total, weight) => total + weight, 0);
  if (sum === 0 && n > 0) throw new ArgumentError('wgts are all 0: no item could be drawn.');
  return wgts.map((weight) => weight / sum);
}

function cumulative(weights: readonly number[]): number[] {
  let sum = 0;
  return weights.map((weight) => {
    sum += weight;
    return sum;
  });
}

/** The index of the first of the ascending `numbers` that is above `value`. */
function firstAbove(numbers: readonly number[], value: number): number {
  let [low, high] = [0, numbers.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle]! > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
