import { Linear, setQuiet, setSeed } from '@fastts/core';
import {
  CategoryBlock,
  DataBlock,
  IndexSplitter,
  ItemError,
  MultiCategoryBlock,
  TransformBlock,
} from '@fastts/data';
import { eachEngine } from '@fastts/testing/engines';
import { linesDuring } from '@fastts/testing/progress';
import * as tf from '@tensorflow/tfjs-core';
import { FetchPredsCallback, Learner } from '../src/index.js';

/** A block of numbers, of which negative ones cannot be read. */
const NumberBlock = () =>
  new TransformBlock({
    kind: 'number',
    collate: (numbers: number[]) => tf.tensor2d(numbers, [numbers.length, 1]),
  });

function read(item: number): number {
  if (item < 0) throw new Error('not a picture');
  return item;
}

const GOOD = [1, 2, 3, 4, 5, 6];
const SET = [3, -1, 4, 5, -2];

/** A learner whose prediction of an item is that item, its double, and its negative. */
async function learner(
  target: TransformBlock = CategoryBlock({ vocab: ['a', 'b', 'c'] }),
  label: unknown = 'b',
) {
  const block = new DataBlock({
    blocks: [NumberBlock(), target],
    getX: read,
    getY: () => label,
    splitter: new IndexSplitter([6, 7, 8, 9, 10]),
  });
  const dls = await block.dataloaders([...GOOD, ...SET], { bs: 2 });
  const model = new Linear(1, 3);
  model.weight.value.assign(tf.tensor2d([[1], [2], [-1]]));
  model.bias!.value.assign(tf.zeros([3]));
  const learn = new Learner(dls, model);
  learn.showBar = false;
  learn.logger = null;
  return learn;
}

const raw = (pred: tf.Tensor) => pred.clone();
const row = (x: number) => (x < 0 ? [Number.NaN, Number.NaN, Number.NaN] : [x, 2 * x, -x]);

eachEngine(() => {
  test('an item that cannot be read is an error that names it and has a remedy', async () => {
    const learn = await learner();
    for (const predict of [
      () => learn.getPreds(),
      () => learn.getPreds({ dl: learn.dls.testDl(SET), unreadable: 'error' }),
      () => learn.tta({ n: 1 }),
    ]) {
      await expect(predict()).rejects.toThrow(ItemError);
      await expect(predict()).rejects.toThrow(
        /^item (1|7), -1: not a picture\. Remove the item, or set unreadable: 'nan' for a row of NaN\.$/,
      );
    }
    // @ts-expect-error: skipping would shift the rows
    await expect(learn.getPreds({ unreadable: 'skip' })).rejects.toThrow(
      "unreadable must be 'error' or 'nan', got 'skip'.",
    );
    await expect(learn.predictBatch(SET)).rejects.toThrow(/^item 1, -1: not a picture$/);
  });

  test("with unreadable: 'nan' it has a row of NaN, so that all others keep their rows", async () => {
    const learn = await learner();
    const dl = learn.dls.testDl(SET);
    const options = { dl, unreadable: 'nan', act: raw } as const;
    const before = tf.memory().numTensors;
    setQuiet(false);
    const said = await linesDuring(async () => {
      for (let pass = 0; pass < 2; pass++) {
        const [preds] = await learn.getPreds(options);
        expect(await preds.array()).toEqual(SET.map(row));
        preds.dispose();
      }
    });
    setQuiet(true);
    expect(tf.memory().numTensors).toBe(before);
    expect(said).toEqual([
      expect.stringMatching(/Skipped 2 of 5 items.*item 1, -1: not a picture; item 4, -2/),
    ]);
    expect(dl.skipped.map(({ index, reason }) => [index, reason])).toEqual([
      [1, 'not a picture'],
      [4, 'not a picture'],
    ]);
  });

  test('inputs, targets, decoded predictions and losses have rows of NaN, too, or of -1 among integers', async () => {
    const learn = await learner();
    const [inputs, , targs, decoded, losses] = await learn.getPreds({
      unreadable: 'nan',
      withInput: true,
      withDecoded: true,
      withLoss: true,
    });
    const read = SET.map((item) => item > 0);
    expect(await inputs.array()).toEqual(SET.map((item) => [item > 0 ? item : Number.NaN]));
    expect(await targs.array()).toEqual(read.map((is) => (is ? 1 : -1)));
    expect(await decoded.array()).toEqual(read.map((is) => (is ? 1 : -1)));
    expect(Array.from(await losses.data()).map(Number.isFinite)).toEqual(read);
    const several = await learner(MultiCategoryBlock({ vocab: ['a', 'b', 'c'] }), ['b']);
    const [, , labels] = await several.getPreds({ unreadable: 'nan', withDecoded: true });
    expect(await labels.array()).toEqual(read.map((is) => (is ? [1, 1, 0] : [-1, -1, -1])));
  });

  test.each([false, true])('test-time augmentation has rows of NaN, too, with useMax %p', async (useMax) => {
    const learn = await learner();
    const [preds, targs] = await learn.tta({ n: 2, useMax, unreadable: 'nan' });
    const rows = (await preds.array()) as number[][];
    expect(rows.map((each) => each.map(Number.isNaN))).toEqual(SET.map((item) => Array(3).fill(item < 0)));
    expect(targs.shape).toEqual([5]);
  });

  test('a shuffled pass has the row of NaN where the item was drawn', async () => {
    const learn = await learner();
    const dl = learn.dls.testDl(SET, { shuffle: true });
    setSeed(4);
    const [inputs] = await learn.getPreds({ dl, unreadable: 'nan', reorder: false, withInput: true });
    const places = dl.skipped.map(({ position }) => position);
    expect(places).not.toEqual([1, 4]);
    const values = Array.from(await inputs.data());
    expect([...values.keys()].filter((i) => Number.isNaN(values[i]))).toEqual(places);
  });

  test('a set without readable items is an error with the reason', async () => {
    const learn = await learner();
    const dl = learn.dls.testDl([-1, -2]);
    await expect(learn.getPreds({ dl, unreadable: 'nan' })).rejects.toThrow(
      'None of the 2 items can be loaded; the first is item 0, -1: not a picture',
    );
  });

  test('a fit with FetchPredsCallback continues', async () => {
    const learn = await learner();
    const fetch = new FetchPredsCallback();
    await learn.fit(1, 1e-3, { cbs: fetch });
    expect((fetch.preds[0] as tf.Tensor).shape).toEqual([5, 3]);
    fetch.dispose();
  });
});
