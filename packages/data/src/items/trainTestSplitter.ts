import { ArgumentError, Rng, rng } from '@fastts/core';
import type { Label } from '../targets/categoryMap.js';
import type { Splits, Splitter } from './splitters.js';

/** Settings of {@link TrainTestSplitter}. */
export interface TrainTestSplitterOptions<Item> {
  /** For validation: a share of the items (below 1), rounded up, or how many of them (default 0.2). */
  testSize?: number;
  /** For training: a share (below 1), rounded down, or how many (default: all that are not for validation). */
  trainSize?: number;
  /** A seed that gives the same split each time (default: drawn from the stream of `setSeed`). */
  randomState?: number;
  /** Labels, one an item or by a labeller: each label gets its share of both sets (default: by chance). */
  stratify?: readonly Label[] | ((item: Item) => Label);
  /** Split at random (default true); otherwise the first items are for training and the next for validation. */
  shuffle?: boolean;
}

/**
 * Splits at random, with `stratify` so that both sets have the labels in the same proportions.
 *
 * Source: fastai `data/transforms.py`, `TrainTestSplitter`; scikit-learn `model_selection`, `train_test_split`.
 *
 * @throws ArgumentError (when splitting) for sizes that the items do not allow, or a label with fewer than two items
 * @example
 * new TrainTestSplitter({ testSize: 0.1, stratify: parentLabel, randomState: 42 });
 */
export class TrainTestSplitter<Item = unknown> implements Splitter<Item> {
  constructor(private readonly options: TrainTestSplitterOptions<Item> = {}) {
    if (options.stratify && options.shuffle === false) {
      throw new ArgumentError('TrainTestSplitter stratifies at random only: leave out shuffle: false.');
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
        `${name} must be a share between 0 and 1, or a number of the ${n} items; got ${size}.`,
      );
    }
    const test = testSize < 1 ? Math.ceil(testSize * n) : testSize;
    const train = trainSize === undefined ? n - test : trainSize < 1 ? Math.floor(trainSize * n) : trainSize;
    if (train === 0 || train + test > n) {
      throw new ArgumentError(
        `${n} items cannot give ${train} for training and ${test} for validation: change testSize or trainSize.`,
      );
    }
    return [train, test];
  }

  /** The items' indices by their labels. */
  private groups(items: readonly Item[]): number[][] {
    const stratify = this.options.stratify!;
    const labels = typeof stratify === 'function' ? items.map((item) => stratify(item)) : stratify;
    if (labels.length !== items.length) {
      throw new ArgumentError(
        `stratify must have a label for each of the ${items.length} items; it has ${labels.length}.`,
      );
    }
    const byLabel = new Map<Label, number[]>();
    for (const [i, label] of labels.entries()) {
      const group = byLabel.get(label);
      if (group) group.push(i);
      else byLabel.set(label, [i]);
    }
    for (const [label, group] of byLabel) {
      if (group.length < 2) {
        throw new ArgumentError(
          `Label '${label}' has 1 item, which cannot be in both sets: stratify needs two of each label.`,
        );
      }
    }
    return [...byLabel.values()];
  }
}

function stratified(groups: readonly number[][], train: number, test: number, stream: Rng): Splits {
  if (Math.min(train, test) < groups.length) {
    throw new ArgumentError(
      `With ${groups.length} labels both sets need as many items; got ${train} for training and ${test} for validation.`,
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
 * How many of each label to take so that `total` are taken in the proportions of `counts`: the whole parts, then
 * one more where the fractions are largest, by lot where they are equal (scikit-learn's `_approximate_mode`).
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
