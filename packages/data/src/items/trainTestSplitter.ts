import { ArgumentError, checkNumber, Rng, rng } from '@fastts/core';
import type { Label } from '../targets/categoryMap.js';
import { composed } from './composed.js';
import type { Splits, Splitter } from './splitters.js';

/** Settings of {@link TrainTestSplitter}. */
export interface TrainTestSplitterOptions<Item> {
  /** Validation set: a fraction of the items (below 1), rounded up, or a number of items (default 0.2). */
  testSize?: number;
  /** Training set: a fraction (below 1), rounded down, or a number of items (default: all others). */
  trainSize?: number;
  /** A seed, for a reproducible split (default: drawn from the stream of `setSeed`). */
  randomState?: number;
  /** Labels, as a list with one per item or as a labeler; both sets get them in the same proportions (default: none). */
  stratify?: readonly Label[] | ((item: Item) => Label);
  /** Whether to split at random (default true); otherwise the first items are for training and the next for validation. */
  shuffle?: boolean;
}

/**
 * Splits at random; with `stratify`, both sets have the labels in the same proportions.
 *
 * Source: fastai `data/transforms.py`, `TrainTestSplitter`; scikit-learn `model_selection`, `train_test_split`.
 *
 * @throws ArgumentError for sizes that are not above 0; when splitting, for impossible sizes, or with `stratify` for a label of fewer than two items.
 * @example
 * new TrainTestSplitter({ testSize: 0.1, stratify: parentLabel, randomState: 42 });
 */
export class TrainTestSplitter<Item = unknown> implements Splitter<Item> {
  constructor(private readonly options: TrainTestSplitterOptions<Item> = {}) {
    const { testSize, trainSize, randomState } = options;
    if (testSize !== undefined) checkNumber('testSize', testSize, { above: 0 });
    if (trainSize !== undefined) checkNumber('trainSize', trainSize, { above: 0 });
    if (randomState !== undefined) checkNumber('randomState', randomState);
    if (options.stratify && options.shuffle === false) {
      throw new ArgumentError('TrainTestSplitter cannot stratify without shuffling: remove shuffle: false.');
    }
  }

  split(items: readonly Item[]): Splits {
    const { stratify, shuffle = true, randomState } = this.options;
    const [train, test] = this.sizes(items.length);
    if (!shuffle) {
      const all = [...items.keys()];
      return [all.slice(0, train), all.slice(train, train + test)];
    }
    const stream = randomState === undefined ? rng() : new Rng(randomState);
    if (stratify) return stratified(this.groups(items), train, test, stream);
    const order = [...stream.permutation(items.length)];
    return [order.slice(test, test + train), order.slice(0, test)];
  }

  private sizes(n: number): [train: number, test: number] {
    const { testSize = 0.2, trainSize } = this.options;
    for (const [name, size] of Object.entries({ testSize, trainSize })) {
      if (size === undefined || (size > 0 && (size < 1 || (Number.isInteger(size) && size < n)))) continue;
      throw new ArgumentError(
        `${name} must be a fraction between 0 and 1, or a number of items less than ${n}, got ${size}.`,
      );
    }
    const test = testSize < 1 ? Math.ceil(testSize * n) : testSize;
    const train = trainSize === undefined ? n - test : trainSize < 1 ? Math.floor(trainSize * n) : trainSize;
    if (train === 0 || train + test > n) {
      throw new ArgumentError(
        `${n} items cannot be split into ${train} for training and ${test} for validation: change testSize or trainSize.`,
      );
    }
    return [train, test];
  }

  /** The items' indices, grouped by label. */
  private groups(items: readonly Item[]): number[][] {
    const stratify = this.options.stratify!;
    const labels = typeof stratify === 'function' ? items.map((item) => stratify(item)) : stratify;
    if (labels.length !== items.length) {
      throw new ArgumentError(
        `stratify must have one label per item (${items.length}), got ${labels.length}.`,
      );
    }
    const byLabel = new Map<Label, number[]>();
    for (const [i, label] of labels.map(composed).entries()) {
      const group = byLabel.get(label);
      if (group) group.push(i);
      else byLabel.set(label, [i]);
    }
    for (const [label, group] of byLabel) {
      if (group.length < 2) {
        throw new ArgumentError(
          `Label '${label}' has only 1 item: stratify needs at least two items per label.`,
        );
      }
    }
    return [...byLabel.values()];
  }
}

function stratified(groups: readonly number[][], train: number, test: number, stream: Rng): Splits {
  if (Math.min(train, test) < groups.length) {
    throw new ArgumentError(
      `With ${groups.length} labels both sets need at least ${groups.length} items, got ${train} for training and ${test} for validation.`,
    );
  }
  const counts = groups.map((group) => group.length);
  const inTrain = shares(counts, train, stream);
  const inTest = shares(
    counts.map((count, i) => count - inTrain[i]!),
    test,
    stream,
  );
  const shuffled = groups.map((group) => stream.shuffle(group));
  return [
    stream.shuffle(shuffled.flatMap((group, i) => group.slice(0, inTrain[i]))),
    stream.shuffle(shuffled.flatMap((group, i) => group.slice(inTrain[i], inTrain[i]! + inTest[i]!))),
  ];
}

/**
 * How many of each label to take so that `total` are taken in the proportions of `counts`: the integer parts, then one
 * more where the fractions are largest; ties are broken at random (scikit-learn's `_approximate_mode`).
 */
function shares(counts: readonly number[], total: number, stream: Rng): number[] {
  const all = counts.reduce((sum, count) => sum + count, 0);
  const exact = counts.map((count) => (count / all) * total);
  const taken = exact.map(Math.floor);
  const missing = total - taken.reduce((sum, count) => sum + count, 0);
  const byFraction = [...stream.permutation(counts.length)].sort(
    (a, b) => exact[b]! - taken[b]! - (exact[a]! - taken[a]!),
  );
  for (const i of byFraction.slice(0, missing)) taken[i]!++;
  return taken;
}
