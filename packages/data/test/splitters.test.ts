import { setSeed } from '@fastts/core';
import { FuncSplitter, GrandparentSplitter, IndexSplitter, RandomSplitter } from '@fastts/data';

const items = Array.from({ length: 11 }, (_, i) => `item${i}`);

test('RandomSplitter takes a fifth for validation and every item once', () => {
  const [train, valid] = new RandomSplitter().split(items);
  expect([train!.length, valid!.length]).toEqual([9, 2]);
  expect([...train!, ...valid!].sort((a, b) => a - b)).toEqual([...items.keys()]);
});

test('RandomSplitter repeats a split by its own seed or by setSeed', () => {
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

test('RandomSplitter says what is wrong with its share', () => {
  expect(() => new RandomSplitter(20)).toThrow(/from 0 to 1; got 20/);
});

test('GrandparentSplitter goes by the folder two levels up', () => {
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
  expect(() => new IndexSplitter([4]).split(['a', 'b', 'c', 'd'])).toThrow(/index 4.*4 items/);
  expect(new FuncSplitter((item: number) => item > 1).split([0, 1, 2, 3])).toEqual([
    [0, 1],
    [2, 3],
  ]);
});
