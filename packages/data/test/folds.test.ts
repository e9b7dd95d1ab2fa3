import {
  CategoryBlock,
  ColReader,
  DataBlock,
  Folds,
  GroupKFold,
  KFold,
  parentLabel,
  type Splits,
  StratifiedGroupKFold,
  StratifiedKFold,
} from '@fastts/data';
import fixture from '../fixtures/folds.json';
import { NumberBlock } from './blocks.js';

const plain = { shuffle: false };
const ascending = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b);

/** How many of the items are in each fold, sorted. */
function sizes(folds: readonly number[], nSplits: number): number[] {
  return ascending(Array.from({ length: nSplits }, (_, k) => folds.filter((fold) => fold === k).length));
}

/** The folds of each class's items. */
function byClass(folds: readonly number[], y: readonly unknown[]): [label: unknown, folds: number[]][] {
  return [...new Set(y)].map((label) => [label, folds.filter((_, i) => y[i] === label)]);
}

describe('without shuffling, items are assigned as by scikit-learn', () => {
  test.each(fixture.kFold)('KFold($nSplits) of $n items', ({ n, nSplits, folds }) => {
    expect(new KFold(nSplits, plain).foldOf(Array(n).fill('item'))).toEqual(folds);
  });

  test.each(fixture.stratified)('StratifiedKFold($nSplits)', ({ y, nSplits, folds }) => {
    expect(new StratifiedKFold(nSplits, { y, ...plain }).foldOf(y)).toEqual(folds);
  });

  test.each(fixture.stratifiedGrouped)('StratifiedGroupKFold($nSplits)', ({ y, groups, nSplits, folds }) => {
    expect(new StratifiedGroupKFold(nSplits, { y, groups, ...plain }).foldOf(y)).toEqual(folds);
  });

  test.each(fixture.grouped)(
    'GroupKFold($nSplits) has folds of the same sizes',
    ({ groups, nSplits, sizes: wanted }) => {
      expect(sizes(new GroupKFold(nSplits, { groups, ...plain }).foldOf(groups), nSplits)).toEqual(wanted);
    },
  );
});

describe('shuffled', () => {
  test.each(fixture.stratified)(
    'StratifiedKFold($nSplits) divides each class and all items as equally as scikit-learn',
    ({ y, nSplits, shuffledSizes, shuffledCounts }) => {
      const counts: Readonly<Record<string, number[] | undefined>> = shuffledCounts;
      for (const randomState of [0, 1, 2]) {
        const folds = new StratifiedKFold(nSplits, { y, randomState }).foldOf(y);
        expect(sizes(folds, nSplits)).toEqual(shuffledSizes);
        for (const [label, ofClass] of byClass(folds, y)) {
          expect(sizes(ofClass, nSplits)).toEqual(counts[String(label)]);
        }
      }
    },
  );

  test.each(fixture.stratifiedGrouped)('no group is split, whatever the seed', ({ y, groups, nSplits }) => {
    for (const randomState of [0, 1, 2]) {
      for (const folds of [
        new GroupKFold(nSplits, { groups, randomState }),
        new StratifiedGroupKFold(nSplits, { y, groups, randomState }),
      ]) {
        for (const [, ofGroup] of byClass(folds.foldOf(groups), groups))
          expect(new Set(ofGroup).size).toBe(1);
      }
    }
  });

  test.each([
    ['KFold', (randomState?: number) => new KFold(5, { randomState })],
    [
      'StratifiedKFold',
      (randomState?: number) => new StratifiedKFold(5, { y: (i: number) => i % 3, randomState }),
    ],
    [
      'GroupKFold',
      (randomState?: number) => new GroupKFold(5, { groups: (i: number) => i % 20, randomState }),
    ],
    [
      'StratifiedGroupKFold',
      (randomState?: number) =>
        new StratifiedGroupKFold(5, { y: (i: number) => i % 3, groups: (i: number) => i % 20, randomState }),
    ],
  ])('%s is the same for the same seed, which has a default, and another one for another seed', (_, make) => {
    const items = [...Array(100).keys()];
    expect(make().foldOf(items)).toEqual(make(0).foldOf(items));
    expect(make(1).foldOf(items)).not.toEqual(make(0).foldOf(items));
  });

  test('each item is once in a validation set, and otherwise in the training set', () => {
    const items = [...Array(23).keys()];
    const folds = new KFold(4);
    const splits: Splits[] = folds.split(items);
    expect(splits).toHaveLength(4);
    expect(ascending(splits.flatMap(([, valid]) => [...valid!]))).toEqual(items);
    for (const [train, valid] of splits) expect(ascending([...train!, ...valid!])).toEqual(items);
    expect(splits.map((_, k) => folds.fold(k).split(items))).toEqual(splits);
  });
});

test('a fold is the splitter of a data block, by functions of the items', async () => {
  const rows = Array.from({ length: 30 }, (_, i) => ({ value: i, label: i % 10 === 0 ? 'rare' : 'usual' }));
  const folds = new StratifiedKFold(3, { y: ColReader('label') });
  const valid: number[] = [];
  for (let k = 0; k < 3; k++) {
    const datasets = await new DataBlock({
      blocks: [NumberBlock(), CategoryBlock()],
      getX: ColReader('value'),
      getY: ColReader('label'),
      splitter: folds.fold(k),
    }).datasets(rows);
    expect(datasets.valid.items.filter(({ label }) => label === 'rare')).toHaveLength(1);
    valid.push(...datasets.valid.items.map(({ value }) => value));
  }
  expect(ascending(valid)).toEqual([...rows.keys()]);
});

test('files are stratified by their folder', () => {
  const files = [...'aabbbb'].map((label, i) => `data/${label}/${i}.jpg`);
  const [, valid] = new StratifiedKFold(2, { y: parentLabel }).fold(1).split(files);
  expect(valid!.map((i) => parentLabel(files[i]!)).join('')).toBe('abb');
});

class ByColumn extends Folds<{ fold: number }> {
  protected override assign(rows: readonly { fold: number }[]): number[] {
    return rows.map(({ fold }) => fold);
  }
}

test('a class derived from Folds assigns custom folds', () => {
  const rows = [1, 0, 1, 0].map((fold) => ({ fold }));
  expect(new ByColumn(2).split(rows)).toEqual([
    [
      [0, 2],
      [1, 3],
    ],
    [
      [1, 3],
      [0, 2],
    ],
  ]);
});

describe('errors name what is wrong', () => {
  const y = [...'aaaaabbbc'];
  test.each([
    [() => new KFold(1), 'nSplits must be an integer ≥ 2, got 1.'],
    [() => new KFold(3).fold(3), 'k must be an integer from 0 to 2, got 3.'],
    [() => new KFold(10).split(y), '9 items cannot be split into 10 folds: use a smaller nSplits.'],
    [
      () => new StratifiedKFold(3, { y }).split(y),
      "Class 'c' has 1 item, fewer than the 3 folds: use a smaller nSplits, or merge or remove the class.",
    ],
    [
      () => new StratifiedGroupKFold(2, { y, groups: y }).split(y),
      "Class 'c' has 1 item, fewer than the 2 folds: use a smaller nSplits, or merge or remove the class.",
    ],
    [
      () => new GroupKFold(4, { groups: y }).split(y),
      'The items have 3 groups, fewer than the 4 folds: use a smaller nSplits.',
    ],
    [
      () => new ByColumn(2).split([{ fold: 0 }, { fold: 2 }]),
      'assign must return a fold from 0 to 1 for each item, but for item 1 it is 2.',
    ],
    [
      () => new ByColumn(2).split([0, 1, Number.NaN].map((fold) => ({ fold }))),
      'assign must return a fold from 0 to 1 for each item, but for item 2 it is NaN.',
    ],
    [
      () => new ByColumn(3).split([2, 0, 2].map((fold) => ({ fold }))),
      'Fold 1 of 3, numbered from 0, has no items: use a smaller nSplits.',
    ],
    [() => new StratifiedKFold(3, { y: ['a'] }).split(y), 'y must have one value per item (9), got 1.'],
    [
      () => new GroupKFold(3, { groups: (label: string) => (label === 'c' ? null : label) }).split(y),
      'groups must be a string, a number or a boolean for each item, but for item 8 it is null: correct or remove the item.',
    ],
  ])('%#', (work, message) => {
    expect(work).toThrow(message);
  });
});
