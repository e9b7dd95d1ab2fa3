import { type Split, setSeed, Transform } from '@fastts/core';
import { CategoryBlock, DataBlock, type DataLoaders, IndexSplitter, TransformBlock } from '@fastts/data';
import { expectAllClose, type Nested } from '@fastts/testing/allClose';
import { eachEngine } from '@fastts/testing/engines';
import * as tf from '@tensorflow/tfjs-core';
import { Interpretation, Learner, LearnerError, type TtaOptions } from '../src/index.js';
import { fixture, type Items, smallLearner, smallNetwork } from './smallNetwork.js';

const wanted = fixture<
  Items & { start: Record<string, Nested>; default: Nested; beta: Nested; useMax: Nested; apart: Nested[] }
>('tta');

/** Adds 0.1 to the first training batch, 0.2 to the next, and so on. */
class Brighten extends Transform {
  override split: Split | null = 'train';
  override kinds = ['image'];
  private calls = 0;

  encodes(x: tf.Tensor) {
    this.calls++;
    return tf.add(x, 0.1 * this.calls);
  }
}

async function data(): Promise<DataLoaders> {
  const picture = new TransformBlock({
    kind: 'image',
    collate: (values: number[]) =>
      tf.tensor4d(
        values.flatMap((i) => wanted.x[i]!),
        [values.length, 6, 6, 3],
      ),
  });
  return new DataBlock({
    blocks: [picture, CategoryBlock({ vocab: ['a', 'b', 'c', 'd', 'e'] })],
    getY: (i: number) => 'abcde'[wanted.y[i]!],
    splitter: new IndexSplitter([0, 1, 2, 3, 4, 5]),
    batchTfms: new Brighten(),
  }).dataloaders([0, 1, 2, 3, 4, 5, 0, 1, 2], { bs: 4 });
}

async function learner(): Promise<Learner> {
  // The loss is the default one of the target's block.
  const learn = new Learner(await data(), smallNetwork(wanted.start));
  learn.showBar = false;
  return learn;
}

eachEngine(() => {
  test.each<[string, TtaOptions, Nested]>([
    ['default', {}, wanted.default],
    ['beta', { n: 2, beta: 0.6 }, wanted.beta],
    ['useMax', { n: 3, useMax: true }, wanted.useMax],
  ])('test-time augmentation agrees with fastai: %s', async (_, options, expected) => {
    const learn = await learner();
    const before = tf.memory().numTensors;
    const [preds, targs] = await learn.tta(options);
    expectAllClose(preds, expected);
    expect(Array.from(await targs.data())).toEqual(wanted.y);
    expect(tf.memory().numTensors).toBe(before + 2);
  });

  test('with beta null it returns both kinds of predictions', async () => {
    const [preds] = await (await learner()).tta({ beta: null });
    expectAllClose(await Promise.all(preds.map((p) => p.array())), wanted.apart);
  });

  test('getPreds and Interpretation augment the training set anew, unless told not to', async () => {
    const learn = await learner();
    const predict = async (augment?: boolean) =>
      (await learn.getPreds({ split: 'train', augment }))[0].array();
    const [first, second] = [await predict(), await predict()];
    expect(first).not.toEqual(second);
    const [plain] = await learn.getPreds({ dl: learn.dls.testDl([0, 1, 2]) });
    expectAllClose(plain, await predict(false));
    expectAllClose(plain, await predict(false));
    const losses = async (augment?: boolean) => [
      ...(await Interpretation.fromLearner(learn, { split: 'train', augment })).losses,
    ];
    expect(await losses()).not.toEqual(await losses());
    expect(await losses(false)).toEqual(await losses(false));
  });

  test('getPreds returns all items in order, also of the training set', async () => {
    const learn = await learner();
    const [, targs] = await learn.getPreds({ split: 'train' });
    expect(Array.from(await targs.data())).toEqual(wanted.y.slice(0, 3));
    await expect(learn.getPreds({ split: 'test' as 'valid' })).rejects.toThrow(
      "split must be 'train' or 'valid', got test.",
    );
  });

  test('predict returns the class of one item, and a set without labels has no targets', async () => {
    const learn = await learner();
    const before = tf.memory().numTensors;
    const [label, number, probabilities] = await learn.predict(2);
    expect(tf.memory().numTensors).toBe(before);
    const [preds, targs] = await learn.getPreds({ dl: learn.dls.testDl([2]) });
    expect(targs).toBeUndefined();
    expectAllClose(probabilities, preds);
    expect(probabilities[number]).toBe(Math.max(...probabilities));
    expect(label).toBe('abcde'[number]);
  });

  test('predictBatch returns the same as predict for each item, with the input if requested', async () => {
    const learn = await learner();
    const before = tf.memory().numTensors;
    const items = [2, 0, 1, 2, 5];
    const all = await learn.predictBatch(items, { withInput: true });
    expect(tf.memory().numTensors).toBe(before);
    expect(all).toHaveLength(5);
    for (const [i, [input, label, number, probabilities]] of all.entries()) {
      const alone = await learn.predict(items[i]);
      expect([label, number]).toEqual(alone.slice(0, 2));
      expectAllClose(probabilities, alone[2]);
      expectAllClose(input as Nested, wanted.x[items[i]!]!);
    }
    expect(await learn.predictBatch([])).toEqual([]);
  });

  test('predictions are in the order of the items, or in that of a given loader', async () => {
    const learn = await learner();
    const dl = learn.dls.train.with({ shuffle: true, bs: 2, dropLast: true, split: 'valid' });
    const [inOrder] = await learn.getPreds({ dl: learn.dls.train.with({ split: 'valid' }) });
    const [ordered] = await learn.getPreds({ dl });
    expectAllClose(ordered, inOrder);
    setSeed(3);
    const [inputs, drawn] = await learn.getPreds({ dl, reorder: false, withInput: true });
    const first = (await inputs.array()).map((picture) => picture[0]![0]![0]!);
    const order = first.map((value) => wanted.x.findIndex((row) => Math.fround(row[0]!) === value));
    expect(order).not.toEqual([0, 1, 2]);
    const rows = (await inOrder.array()) as number[][];
    expectAllClose(
      drawn,
      order.map((i) => rows[i]!),
    );
  });
});

test('tta and predict reject unsuitable data and options', async () => {
  await expect(smallLearner().tta()).rejects.toThrow(LearnerError);
  await expect(smallLearner().predict(0)).rejects.toThrow(/requires DataLoaders/);
  await expect((await learner()).tta({ n: 0 })).rejects.toThrow('n must be an integer ≥ 1, got 0.');
});
