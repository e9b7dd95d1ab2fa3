import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setSeed } from '@fastts/core';
import {
  balancedWeights,
  EndSplitter,
  FileSplitter,
  FuncSplitter,
  GrandparentSplitter,
  IndexSplitter,
  MaskSplitter,
  RandomSplitter,
  RandomSubsetSplitter,
  TrainTestSplitter,
  type TrainTestSplitterOptions,
} from '@fastts/data';
import fixture from '../fixtures/rows.json';

const items = Array.from({ length: 11 }, (_, i) => `item${i}`);

test('RandomSplitter takes a fifth for validation, and every item once', () => {
  const [train, valid] = new RandomSplitter().split(items);
  expect([train!.length, valid!.length]).toEqual([9, 2]);
  expect([...train!, ...valid!].sort((a, b) => a - b)).toEqual([...items.keys()]);
});

test('RandomSplitter is repeatable by its seed or by setSeed', () => {
  expect(new RandomSplitter(0.5, { seed: 3 }).split(items)).toEqual(
    new RandomSplitter(0.5, { seed: 3 }).split(items),
  );
  const seeded = () => {
    setSeed(7);
    return new RandomSplitter(0.5).split(items);
  };
  expect(seeded()).toEqual(seeded());
  expect(new RandomSplitter(0.5, { seed: 4 }).split(items)).not.toEqual(
    new RandomSplitter(0.5, { seed: 3 }).split(items),
  );
});

test('RandomSplitter rejects an invalid fraction', () => {
  expect(() => new RandomSplitter(20)).toThrow(/from 0 to 1, got 20/);
});

test('GrandparentSplitter splits by the folder two levels up', () => {
  const files = ['d/train/a/1.png', 'd/val/a/2.png', 'd/train/b/3.png', 'd/extra/b/4.png'];
  expect(new GrandparentSplitter({ valid: 'val' }).split(files)).toEqual([[0, 2], [1]]);
  expect(new GrandparentSplitter({ train: ['extra', 'train'], valid: 'val' }).split(files)).toEqual([
    [3, 0, 2],
    [1],
  ]);
});

test('IndexSplitter and FuncSplitter', () => {
  expect(new IndexSplitter([2, 0]).split(['a', 'b', 'c', 'd'])).toEqual([
    [1, 3],
    [2, 0],
  ]);
  expect(() => new IndexSplitter([4]).split(['a', 'b', 'c', 'd'])).toThrow(/from 0 to 3, got 4/);
  expect(new FuncSplitter((item: number) => item > 1).split([0, 1, 2, 3])).toEqual([
    [0, 1],
    [2, 3],
  ]);
});

test('RandomSubsetSplitter takes the given fractions, each item once, and rejects invalid ones', () => {
  const ten = [...Array(10).keys()];
  const splits = new RandomSubsetSplitter(0.45, 0.27, { seed: 1 }).split(ten);
  expect(splits.map((part) => part.length)).toEqual(fixture.subsetSizes);
  expect(new Set(splits.flat()).size).toBe(splits.flat().length);
  expect(new RandomSubsetSplitter(0.45, 0.27, { seed: 1 }).split(ten)).toEqual(splits);
  expect(new RandomSubsetSplitter(0.45, 0.27, { seed: 2 }).split(ten)).not.toEqual(splits);
  expect(() => new RandomSubsetSplitter(0.8, 0.3)).toThrow(/at most 1, got 0.8 and 0.3/);
});

test.each(fixture.endSplitter)("EndSplitter splits off $validPct at an end like fastai's", (given) => {
  const { validPct, validLast, splits } = given;
  expect(new EndSplitter(validPct, { validLast }).split([...Array(10).keys()])).toEqual(splits);
});

test('names and labels are the same however their accents are encoded', () => {
  const decomposed = 'é'.normalize('NFD');
  expect(new GrandparentSplitter({ valid: 'é' }).split([`train/a/1.jpg`, `${decomposed}/a/2.jpg`])).toEqual([
    [0],
    [1],
  ]);
  const stratify = ['é', decomposed, 'a', 'a'];
  const [train, valid] = new TrainTestSplitter({ testSize: 2, stratify }).split(stratify);
  expect([train, valid].map((part) => part!.filter((i) => i < 2).length)).toEqual([1, 1]);
  expect(balancedWeights(stratify)).toEqual([1, 1, 1, 1]);
});

test('EndSplitter uses all items for training if the fraction rounds to none, and rejects an invalid fraction', () => {
  expect(new EndSplitter(0.2).split([1, 2])).toEqual([[0, 1], []]);
  expect(() => new EndSplitter(1)).toThrow(/validPct .* < 1, got 1/);
});

test('MaskSplitter splits by a mask', () => {
  const mask = fixture.rows.map((row) => row.is_valid);
  expect(new MaskSplitter(mask).split(fixture.rows)).toEqual(fixture.maskSplitter);
  expect(() => new MaskSplitter([true]).split(['a', 'b'])).toThrow(/one element per item \(2\), got 1/);
});

test('FileSplitter splits by a list of names', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fastts-names-'));
  const list = join(folder, 'valid.txt');
  const files = fixture.rows.map((row) => join('in', row.fname));
  writeFileSync(list, '\ufeffb.jpg\r\nd.jpg\n');
  expect(new FileSplitter(list).split(files)).toEqual(fixture.fileSplitter);
  writeFileSync(list, Buffer.from('é.jpg\rb.jpg\r', 'latin1'));
  expect(() => new FileSplitter(list)).toThrow(/valid\.txt cannot be read: byte 0xe9 at offset 0.*encoding/);
  const accented = ['x/é.jpg'.normalize('NFD'), 'x/é.jpg', 'x/b.jpg', 'x/c.jpg'];
  expect(new FileSplitter(list, { encoding: 'windows-1252' }).split(accented)).toEqual([[3], [0, 1, 2]]);
  rmSync(folder, { recursive: true });
  expect(() => new FileSplitter(list)).toThrow(/valid\.txt cannot be read/);
});

describe('TrainTestSplitter', () => {
  const labelsOf = (counts: readonly number[]) => counts.flatMap((n, label) => Array<number>(n).fill(label));
  const ten = [...Array(10).keys()];

  test('takes a fifth by default, every item once, and is repeatable by its seed', () => {
    const splits = new TrainTestSplitter({ randomState: 1 }).split(items);
    expect(splits.map((part) => part.length)).toEqual([8, 3]);
    expect([...splits.flat()].sort((a, b) => a - b)).toEqual([...items.keys()]);
    expect(new TrainTestSplitter({ randomState: 1 }).split(items)).toEqual(splits);
    expect(new TrainTestSplitter({ randomState: 2 }).split(items)).not.toEqual(splits);
  });

  test("keeps the order without shuffling, like scikit-learn's", () => {
    const sizes = [0.25, 3];
    expect(sizes.map((testSize) => new TrainTestSplitter({ shuffle: false, testSize }).split(ten))).toEqual(
      fixture.inOrder,
    );
  });

  test.each(fixture.stratified)("divides $counts by $options like scikit-learn's", (given) => {
    const { counts, options, shares } = given;
    const labels = labelsOf(counts);
    const split = (randomState: number) =>
      new TrainTestSplitter({ ...options, stratify: labels, randomState }).split(labels);
    if (!shares) {
      expect(() => split(0)).toThrow(/sets need at least \d+ items|cannot be split|must be a fraction/);
      return;
    }
    const found = new Set<string>();
    for (let seed = 0; seed < 200; seed++) {
      const splits = split(seed);
      expect(new Set(splits.flat()).size).toBe(splits.flat().length);
      const count = (part: readonly number[], label: number) =>
        part.filter((i) => labels[i] === label).length;
      found.add(JSON.stringify(splits.map((part) => counts.map((_, label) => count(part, label)))));
    }
    expect([...found].sort()).toEqual(shares.map((share) => JSON.stringify(share)).sort());
  });

  test('stratifies by a labeler', () => {
    const even = new TrainTestSplitter({ testSize: 4, stratify: (n: number) => n % 2 });
    expect(even.split(ten)[1]!.filter((i) => i % 2 === 0)).toHaveLength(2);
  });

  test.each([
    [{ testSize: 10 }, /testSize must be .* less than 10, got 10/],
    [{ testSize: 0.5, trainSize: 0.6 }, /10 items cannot be split into 6 .* and 5/],
    [{ stratify: labelsOf([9, 1]) }, /Label '1' has only 1 item/],
    [{ stratify: [1, 2] }, /one label per item \(10\), got 2/],
    [{ stratify: labelsOf([5, 5]), shuffle: false }, /remove shuffle/],
  ] as [TrainTestSplitterOptions<number>, RegExp][])('rejects %j', (options, message) => {
    expect(() => new TrainTestSplitter(options).split(ten)).toThrow(message);
  });
});
