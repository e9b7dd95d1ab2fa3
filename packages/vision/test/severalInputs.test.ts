import {
  AdaptiveAvgPool2d,
  Flatten,
  Linear,
  Module,
  type Pixels,
  Sequential,
  setQuiet,
  setSeed,
} from '@fastts/core';
import {
  CategoryBlock,
  DataBlock,
  type DataLoaders,
  EndSplitter,
  MultiCategoryBlock,
  RegressionBlock,
} from '@fastts/data';
import { CrossEntropyLossFlat, Learner } from '@fastts/learner';
import { eachEngine } from '@fastts/testing/engines';
import * as tf from '@tensorflow/tfjs-core';
import { Flip, ImageBlock, Normalize } from '../src/index.js';

/** Compiles only if the two types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Same<A, B>) => {};

/** A 4×4 image of one color, dark if `bright` is 0. */
function picture(bright: number): Pixels {
  return { data: new Uint8Array(48).fill(60 + 120 * bright), width: 4, height: 4, channels: 3 };
}

const n = 40;
beforeEach(() => {
  setQuiet(true);
  setSeed(1);
});

/** Classifies by the means of two images whether they are equal. */
class Compare extends Module {
  readonly head = new Linear(1, 2);
  readonly pool = new Sequential(new AdaptiveAvgPool2d(1), new Flatten());

  forward(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
    const difference = tf.sub(this.pool.forward(a), this.pool.forward(b));
    return this.head.forward(tf.mean(tf.square(difference), 1, true));
  }
}

eachEngine(() => {
  test('a model of two images trains on pairs, and no tensor is leaked', async () => {
    const items = Array.from({ length: n }, (_, i) => ({ a: i % 2, b: (i >> 1) % 2 }));
    type Item = (typeof items)[number];
    const dls = await new DataBlock({
      blocks: [ImageBlock(), ImageBlock(), CategoryBlock()],
      getX: [({ a }: Item) => picture(a), ({ b }: Item) => picture(b)],
      getY: ({ a, b }: Item) => (a === b ? 'alike' : 'different'),
      splitter: new EndSplitter(),
      batchTfms: [new Flip(), Normalize.fromStats({ mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] })],
    }).dataloaders(items, { bs: 8 });
    same<typeof dls, DataLoaders<[tf.Tensor4D, tf.Tensor4D], tf.Tensor1D, string, Item>>(true);
    const learn = new Learner(dls, new Compare(), { lossFunc: new CrossEntropyLossFlat() });
    same<typeof learn.x, [tf.Tensor4D, tf.Tensor4D]>(true);
    learn.logger = null;
    learn.showBar = false;
    const [before] = await learn.validate();
    await learn.fit(1, 0.3);
    const tensors = tf.memory().numTensors;
    await learn.fit(3, 0.3);
    expect(tf.memory().numTensors).toBe(tensors);
    const [after] = await learn.validate();
    expect(after!).toBeLessThan(before! / 4);
    const [[a, b], preds, targs] = await learn.getPreds({ withInput: true });
    expect([a.shape, b.shape]).toEqual(Array(2).fill([8, 4, 4, 3]));
    expect(await tf.argMax(preds, 1).array()).toEqual(await targs.array());
    tf.dispose([a, b, preds, targs]);
  });

  test('a model of several targets trains on all of them, each with its own term of the loss', async () => {
    const items = Array.from({ length: n }, (_, i) => (i * 7) % 4);
    const dls = await new DataBlock({
      blocks: [ImageBlock(), CategoryBlock(), MultiCategoryBlock(), RegressionBlock()],
      nInp: 1,
      getX: (i: number) => picture(i / 4),
      getY: [
        (i: number) => (i > 1 ? 'bright' : 'dark'),
        (i: number) => ['any', ...(i > 1 ? ['bright'] : [])],
        (i: number) => i / 4,
      ],
      splitter: new EndSplitter(),
    }).dataloaders(items, { bs: 8 });
    same<
      typeof dls,
      DataLoaders<tf.Tensor4D, [tf.Tensor1D, tf.Tensor2D, tf.Tensor1D], [string, string[], number], number>
    >(true);
    const crossEntropy = new CrossEntropyLossFlat();
    const lossFunc = (pred: tf.Tensor, label: tf.Tensor, labels: tf.Tensor, brightness: tf.Tensor) => {
      const [one, several, number] = tf.split(pred, [2, 2, 1], 1);
      return tf.addN([
        crossEntropy.forward(one!, label),
        tf.losses.sigmoidCrossEntropy(labels, several!),
        tf.losses.meanSquaredError(brightness, tf.squeeze(number!, [1])),
      ]);
    };
    const model = new Sequential(new AdaptiveAvgPool2d(1), new Flatten(), new Linear(3, 5));
    const learn = new Learner(dls, model, { lossFunc });
    learn.logger = null;
    learn.showBar = false;
    const [before] = await learn.validate();
    await learn.fit(8, 0.1);
    const [after] = await learn.validate();
    expect(after!).toBeLessThan(before! / 2);
    const [preds, [label, labels, brightness]] = await learn.getPreds();
    expect([preds, label, labels, brightness].map((t) => t.shape)).toEqual([[8, 5], [8], [8, 2], [8]]);
    tf.dispose([preds, label, labels, brightness]);
  });
});
