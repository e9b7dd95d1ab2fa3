import { ArgumentError, checkInteger, checkNumber, Rng } from '@fastts/core';
import { describeValue } from '../describeValue.js';
import { composed } from './composed.js';
import type { Splits, Splitter } from './splitters.js';

/** Labels or groups of items: a list with one per item, or a function of an item, such as `parentLabel`. */
export type PerItem<Item> = readonly unknown[] | ((item: Item) => unknown);

/** Settings of {@link KFold}. */
export interface FoldsOptions {
  /** Whether items are assigned at random (default true, unlike in scikit-learn: files are often sorted by class). */
  shuffle?: boolean;
  /** The seed of the assignment (default 0: the folds are the same in every process). */
  randomState?: number;
}

/**
 * Assigns items to folds: each fold is the validation set once, with all other folds for training. Equal objects
 * assign equal items alike, in every process.
 *
 * Source: scikit-learn `model_selection`, `BaseCrossValidator`.
 */
export abstract class Folds<Item = unknown> {
  private readonly shuffle: boolean;
  private readonly randomState: number;

  /**
   * @param nSplits Number of folds, at least 2 (default 5).
   * @throws ArgumentError when a setting is invalid.
   */
  constructor(
    readonly nSplits = 5,
    { shuffle = true, randomState = 0 }: FoldsOptions = {},
  ) {
    checkInteger('nSplits', nSplits, { min: 2 });
    checkNumber('randomState', randomState);
    this.shuffle = shuffle;
    this.randomState = randomState;
  }

  /** The fold of each item, given its stream of random numbers; `null` for an assignment that is not random. */
  protected abstract assign(items: readonly Item[], stream: Rng | null): number[];

  /**
   * The number of each item's fold, from 0.
   *
   * @throws ArgumentError when there are fewer items, items of a class, or groups than folds, or when a fold has no items.
   */
  foldOf(items: readonly Item[]): number[] {
    if (items.length < this.nSplits) {
      throw new ArgumentError(
        `${items.length} items cannot be split into ${this.nSplits} folds: use a smaller nSplits.`,
      );
    }
    const folds = this.assign(items, this.shuffle ? new Rng(this.randomState) : null);
    checkAssignment(folds, items.length, this.nSplits);
    return folds;
  }

  /** The indices of the training and validation items of all folds. */
  split(items: readonly Item[]): Splits[] {
    const folds = this.foldOf(items);
    const where = (isIn: (fold: number) => boolean) => [...items.keys()].filter((i) => isIn(folds[i]!));
    return Array.from({ length: this.nSplits }, (_, k) => [
      where((fold) => fold !== k),
      where((fold) => fold === k),
    ]);
  }

  /**
   * The splitter of one fold, for a `DataBlock`.
   *
   * @param k Number of the fold, from 0.
   * @throws ArgumentError when there is no such fold.
   */
  fold(k: number): Splitter<Item> {
    checkInteger('k', k, { min: 0, max: this.nSplits - 1 });
    return { split: (items) => this.split(items)[k]! };
  }
}

/**
 * Folds of equal size, to within one item.
 *
 * Source: scikit-learn `model_selection`, `KFold`.
 *
 * @example
 * const dls = await new DataBlock({ blocks, getItems, splitter: new KFold(5).fold(0) }).dataloaders(path);
 */
export class KFold extends Folds {
  protected override assign({ length }: readonly unknown[], stream: Rng | null): number[] {
    const order = stream ? [...stream.permutation(length)] : [...Array(length).keys()];
    const size = Math.floor(length / this.nSplits);
    // The first folds have one item more.
    const inLarger = (length % this.nSplits) * (size + 1);
    const folds = Array<number>(length);
    for (const [place, i] of order.entries()) {
      const isInLarger = place < inLarger;
      folds[i] = Math.floor(
        (isInLarger ? place : place - (length % this.nSplits)) / (size + (isInLarger ? 1 : 0)),
      );
    }
    return folds;
  }
}

/**
 * Folds with the classes in equal shares: the items of each class, and all items, are divided equally, to within one.
 *
 * Source: scikit-learn `model_selection`, `StratifiedKFold`.
 *
 * @example
 * const folds = new StratifiedKFold(5, { y: ColReader('label'), randomState: 42 });
 * const block = new DataBlock({ blocks, getX, getY, splitter: folds.fold(0) });
 */
export class StratifiedKFold<Item = unknown> extends Folds<Item> {
  private readonly y: PerItem<Item>;

  /**
   * @param options.y The class of each item.
   * @throws ArgumentError when splitting: if a class has fewer items than folds.
   */
  constructor(nSplits: number, { y, ...options }: FoldsOptions & { y: PerItem<Item> }) {
    super(nSplits, options);
    this.y = y;
  }

  protected override assign(items: readonly Item[], stream: Rng | null): number[] {
    const { nSplits } = this;
    const classes = membersOf(items, this.y, 'y');
    checkClasses(classes, nSplits);
    const folds = Array<number>(items.length);
    let dealt = 0;
    for (const members of classes.values()) {
      // As if the items, sorted by class, were dealt out in turn.
      const counts = Array<number>(nSplits).fill(0);
      for (const _ of members) counts[dealt++ % nSplits]!++;
      const ofClass = counts.flatMap((count, fold) => Array<number>(count).fill(fold));
      for (const [place, fold] of (stream?.shuffle(ofClass) ?? ofClass).entries())
        folds[members[place]!] = fold;
    }
    return folds;
  }
}

/**
 * Folds that never split a group, such as the pictures of one plant. From the largest group to the smallest, each is
 * assigned to the fold with the fewest items; shuffling decides among groups of equal size.
 *
 * Source: scikit-learn `model_selection`, `GroupKFold`.
 *
 * @example
 * const folds = new GroupKFold(5, { groups: ColReader('plant') });
 */
export class GroupKFold<Item = unknown> extends Folds<Item> {
  private readonly groups: PerItem<Item>;

  /**
   * @param options.groups The group of each item.
   * @throws ArgumentError when splitting: if there are fewer groups than folds.
   */
  constructor(nSplits: number, { groups, ...options }: FoldsOptions & { groups: PerItem<Item> }) {
    super(nSplits, options);
    this.groups = groups;
  }

  protected override assign(items: readonly Item[], stream: Rng | null): number[] {
    const groups = groupsOf(items, this.groups, this.nSplits, stream);
    groups.sort((a, b) => b.length - a.length);
    const sizes = Array<number>(this.nSplits).fill(0);
    const folds = Array<number>(items.length);
    for (const members of groups) {
      const lightest = sizes.indexOf(Math.min(...sizes));
      sizes[lightest]! += members.length;
      for (const i of members) folds[i] = lightest;
    }
    return folds;
  }
}

/**
 * Folds that never split a group, with the classes in shares as equal as the groups allow.
 *
 * The groups are assigned one after the other, those with the most uneven classes first, each to the fold where it leaves
 * the shares of the classes most equal.
 *
 * Source: scikit-learn `model_selection`, `StratifiedGroupKFold`.
 *
 * @example
 * const folds = new StratifiedGroupKFold(5, { y: ColReader('label'), groups: ColReader('plant') });
 */
export class StratifiedGroupKFold<Item = unknown> extends Folds<Item> {
  private readonly y: PerItem<Item>;
  private readonly groups: PerItem<Item>;

  /**
   * @param options.y The class of each item.
   * @param options.groups The group of each item.
   * @throws ArgumentError when splitting: if a class has fewer items than folds, or there are fewer groups than folds.
   */
  constructor(
    nSplits: number,
    { y, groups, ...options }: FoldsOptions & { y: PerItem<Item>; groups: PerItem<Item> },
  ) {
    super(nSplits, options);
    this.y = y;
    this.groups = groups;
  }

  protected override assign(items: readonly Item[], stream: Rng | null): number[] {
    const classes = [...checkClasses(membersOf(items, this.y, 'y'), this.nSplits).values()];
    const classOf = Array<number>(items.length);
    for (const [c, members] of classes.entries()) for (const i of members) classOf[i] = c;
    const totals = classes.map(({ length }) => length);
    const groups = groupsOf(items, this.groups, this.nSplits, stream).map((members) => {
      const counts = Array<number>(classes.length).fill(0);
      for (const i of members) counts[classOf[i]!]!++;
      return { members, counts, spread: deviation(counts) };
    });
    groups.sort((a, b) => b.spread - a.spread);
    const perFold = Array.from({ length: this.nSplits }, () => Array<number>(classes.length).fill(0));
    const folds = Array<number>(items.length);
    for (const { members, counts } of groups) {
      const best = evenest(perFold, counts, totals);
      for (const [c, count] of counts.entries()) perFold[best]![c]! += count;
      for (const i of members) folds[i] = best;
    }
    return folds;
  }
}

/** The fold to which a group adds with the most equal shares of the classes; of several, one with few items. */
function evenest(perFold: readonly number[][], group: readonly number[], totals: readonly number[]): number {
  let [best, least, fewest] = [0, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (const [k, fold] of perFold.entries()) {
    const spreads = totals.map((total, c) =>
      deviation(perFold.map((other, j) => (other[c]! + (j === k ? group[c]! : 0)) / total)),
    );
    const spread = mean(spreads);
    const items = fold.reduce((sum, count) => sum + count, 0);
    // As NumPy's isclose.
    const isEqual = Math.abs(spread - least) <= 1e-8 + 1e-5 * least;
    if (spread < least || (isEqual && items < fewest)) [best, least, fewest] = [k, spread, items];
  }
  return best;
}

/** Checks the folds that `assign` returns, also that of a derived class: each item is validated once, and no fold is empty. */
function checkAssignment(folds: readonly number[], n: number, nSplits: number): void {
  if (folds.length !== n) {
    throw new ArgumentError(`assign must return one fold per item (${n}), got ${folds.length}.`);
  }
  const counts = Array<number>(nSplits).fill(0);
  for (const [i, fold] of folds.entries()) {
    if (!(Number.isInteger(fold) && fold in counts)) {
      throw new ArgumentError(
        `assign must return a fold from 0 to ${nSplits - 1} for each item, but for item ${i} it is ${describeValue(fold)}.`,
      );
    }
    counts[fold]!++;
  }
  const empty = counts.indexOf(0);
  if (empty === -1) return;
  throw new ArgumentError(
    `Fold ${empty} of ${nSplits}, numbered from 0, has no items: use a smaller nSplits.`,
  );
}

/** The indices of the items of each class or group, in the order in which they first occur. */
function membersOf<Item>(
  items: readonly Item[],
  given: PerItem<Item>,
  name: 'y' | 'groups',
): Map<unknown, number[]> {
  const values = typeof given === 'function' ? items.map((item) => given(item)) : given;
  if (values.length !== items.length) {
    throw new ArgumentError(`${name} must have one value per item (${items.length}), got ${values.length}.`);
  }
  const members = new Map<unknown, number[]>();
  for (const [i, value] of values.map(composed).entries()) {
    if (!['string', 'number', 'boolean'].includes(typeof value) || Number.isNaN(value)) {
      throw new ArgumentError(
        `${name} must be a string, a number or a boolean for each item, but for item ${i} it is ${describeValue(value)}: correct or remove the item.`,
      );
    }
    const group = members.get(value);
    if (group) group.push(i);
    else members.set(value, [i]);
  }
  return members;
}

function checkClasses(classes: Map<unknown, number[]>, nSplits: number): Map<unknown, number[]> {
  for (const [label, { length }] of classes) {
    if (length >= nSplits) continue;
    throw new ArgumentError(
      `Class ${describeValue(label)} has ${length} item${length === 1 ? '' : 's'}, fewer than the ${nSplits} folds: use a smaller nSplits, or merge or remove the class.`,
    );
  }
  return classes;
}

/** The members of each group, in random order if there is a stream. */
function groupsOf<Item>(
  items: readonly Item[],
  given: PerItem<Item>,
  nSplits: number,
  stream: Rng | null,
): number[][] {
  const groups = [...membersOf(items, given, 'groups').values()];
  if (groups.length < nSplits) {
    throw new ArgumentError(
      `The items have ${groups.length} group${groups.length === 1 ? '' : 's'}, fewer than the ${nSplits} folds: use a smaller nSplits.`,
    );
  }
  return stream?.shuffle(groups) ?? groups;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The standard deviation of a whole population. */
function deviation(values: readonly number[]): number {
  const center = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - center) ** 2)));
}
