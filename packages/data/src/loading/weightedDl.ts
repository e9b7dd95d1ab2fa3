import { ArgumentError, type Rng } from '@fastts/core';
import type * as tf from '@tensorflow/tfjs-core';
import { describeValue } from '../describeValue.js';
import { composed } from '../items/composed.js';
import type { Label } from '../targets/categoryMap.js';
import { DataLoader, type DataLoaderOptions } from './dataLoader.js';
import type { Datasets } from './datasets.js';

/** Settings of a {@link WeightedDL}. */
export interface WeightedDLOptions extends DataLoaderOptions {
  /** One per item, with any sum: an item of twice the weight is drawn twice as often (default: all equal). */
  wgts?: readonly number[];
  /** Whether to sample the items of each pass (default true); otherwise each is taken once, in order. */
  shuffle?: boolean;
}

/**
 * A data loader that samples items by weight, with replacement. A pass has as many items as the data set.
 *
 * Source: fastai `callback/data.py`, `WeightedDL`.
 */
export class WeightedDL<X = tf.Tensor4D, Y = tf.Tensor1D, V = unknown, Item = unknown> extends DataLoader<
  X,
  Y,
  V,
  Item
> {
  /** The probability of each item in a draw. */
  readonly wgts: readonly number[];

  /** @throws ArgumentError when there is not one weight per item, a weight is negative, or all are 0. */
  constructor(
    dataset: Datasets<X, Y, V, Item>,
    { wgts, shuffle = true, ...options }: WeightedDLOptions = {},
  ) {
    super(dataset, { ...options, shuffle });
    this.wgts = probabilities(wgts ?? Array<number>(this.n).fill(1), this.n);
  }

  protected override getIdxs(stream: Rng): number[] {
    if (!this.shuffle) return super.getIdxs(stream);
    const draws = stream.fork('order');
    const upTo = cumulative(this.wgts);
    return Array.from(this.wgts, () => firstAbove(upTo, draws.next() * upTo.at(-1)!));
  }

  protected override copyWith<DX, DY, DV, I>(
    dataset: Datasets<DX, DY, DV, I>,
    options: DataLoaderOptions,
  ): DataLoader<DX, DY, DV, I> {
    if (!Object.is(dataset, this.dataset)) return super.copyWith(dataset, options);
    return new WeightedDL(dataset, { ...options, wgts: this.wgts });
  }
}

/**
 * Weights that make all labels equally frequent: `items / (labels · items of the label)`.
 *
 * Source: scikit-learn `utils/class_weight.py`, `compute_sample_weight('balanced', labels)`.
 *
 * @param labels One per item.
 * @example
 * new WeightedDL(dataset, { wgts: balancedWeights(files.map(parentLabel)) });
 */
export function balancedWeights(labels: readonly unknown[]): number[] {
  const counts = countsOf(labels);
  return labels.map((label) => labels.length / (counts.size * counts.get(keyOf(label))!));
}

/**
 * Weights of the classes for a loss, by which all classes count the same: `items / (classes · items of the class)`, in the
 * order of `vocab`.
 *
 * Source: scikit-learn `utils/class_weight.py`, `compute_class_weight('balanced', classes, labels)`.
 *
 * @param labels The training items' labels.
 * @throws ArgumentError when a class has no items.
 * @example
 * const labels = dls.train.dataset.items.map(parentLabel);
 * new CrossEntropyLossFlat({ weight: balancedClassWeights(labels, dls.vocab) });
 */
export function balancedClassWeights(labels: readonly Label[], vocab: readonly Label[]): number[] {
  const counts = countsOf(labels);
  return vocab.map((label) => {
    const count = counts.get(keyOf(label));
    if (count !== undefined) return labels.length / (vocab.length * count);
    throw new ArgumentError(
      `No item has the label ${describeValue(label)}, so it cannot be weighted: remove it from the vocabulary, or pass the ` +
        "training set's labels.",
    );
  });
}

function countsOf(labels: readonly unknown[]): Map<unknown, number> {
  const counts = new Map<unknown, number>();
  for (const key of labels.map(keyOf)) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

/** Equal for labels that a vocabulary does not distinguish, such as the number 1 and its text in a table. */
function keyOf(label: unknown): unknown {
  return typeof label === 'number' || typeof label === 'boolean' ? String(label) : composed(label);
}

function probabilities(wgts: readonly number[], n: number): readonly number[] {
  if (wgts.length !== n) {
    throw new ArgumentError(`wgts must have one weight per item (${n}), got ${wgts.length}.`);
  }
  // A missing weight, such as `null`, would otherwise count as 0.
  const wrong = wgts.findIndex((weight) => !(Number.isFinite(weight) && weight >= 0));
  if (wrong >= 0) {
    throw new ArgumentError(
      `wgts must be numbers ≥ 0, got ${describeValue(wgts[wrong])} for item ${wrong}: correct it, or remove the item.`,
    );
  }
  const sum = wgts.reduce((total, weight) => total + weight, 0);
  if (sum === 0 && n > 0) throw new ArgumentError('wgts are all 0: at least one must be positive.');
  return wgts.map((weight) => weight / sum);
}

function cumulative(weights: readonly number[]): number[] {
  let sum = 0;
  return weights.map((weight) => {
    sum += weight;
    return sum;
  });
}

/** The index of the first element of the ascending `numbers` that is above `value`. */
function firstAbove(numbers: readonly number[], value: number): number {
  let [low, high] = [0, numbers.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle]! > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
