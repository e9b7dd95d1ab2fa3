import {
  AdaptiveAvgPool2d,
  Conv2d,
  Flatten,
  Linear,
  type Module,
  Pipeline,
  type Pixels,
  Sequential,
  setQuiet,
  setSeed,
} from '@fastts/core';
import {
  CategoryBlock,
  DataBlock,
  fromDataConfig,
  MultiCategoryBlock,
  RegressionBlock,
  type TransformBlock,
  toDataConfig,
} from '@fastts/data';
import {
  BusyError,
  Callback,
  ClassificationInterpretation,
  CrossEntropyLossFlat,
  Learner,
  type LearnerOptions,
  QueueFullError,
} from '@fastts/learner';
import * as tf from '@tensorflow/tfjs-core';
import { ImageBlock, MaskBlock, PointBlock, RandomResizedCrop, Resize } from '../src/index.js';

const [height, width] = [4, 6];
const picture: Pixels = { data: new Uint8Array(height * width * 3).fill(90), width, height, channels: 3 };

beforeAll(() => setQuiet(true));
afterAll(() => setQuiet(false));

/** A model that returns `values` for each image, or for each of its pixels. */
function giving(values: readonly number[], where: 'picture' | 'pixel' = 'picture'): Module {
  const last = where === 'pixel' ? new Conv2d(3, values.length, 1) : new Linear(3, values.length);
  last.weight.value.assign(tf.zerosLike(last.weight.value));
  last.bias!.value.assign(tf.tensor1d([...values]));
  return where === 'pixel' ? last : new Sequential(new AdaptiveAvgPool2d(1), new Flatten(), last);
}

async function learner<T extends tf.Tensor, V>(
  target: TransformBlock<T, V>,
  label: unknown,
  model: Module,
  options: LearnerOptions = {},
) {
  const dls = await new DataBlock({
    blocks: [ImageBlock(), target],
    getX: () => picture,
    getY: () => label,
    splitter: () => [[0], [1]],
  }).dataloaders([0, 1], { bs: 1 });
  const learn = new Learner(dls, model, options);
  learn.showBar = false;
  return learn;
}

const close = (numbers: number[]) => numbers.map((number) => expect.closeTo(number, 5));

test('a class is predicted as its name, its index and all probabilities', async () => {
  const target = CategoryBlock({ vocab: ['cat', 'dog', 'fox'] });
  const learn = await learner(target, 'cat', giving([0, Math.log(2), Math.log(5)]));
  expect(await learn.predict(picture)).toEqual(['fox', 2, close([1 / 8, 2 / 8, 5 / 8])]);
});

test('with a function as loss, predictions are decoded by the default loss of the target', async () => {
  const target = CategoryBlock({ vocab: ['cat', 'dog'] });
  const lossFunc = (pred: tf.Tensor, y: tf.Tensor) => new CrossEntropyLossFlat().forward(pred, y);
  const learn = await learner(target, 'cat', giving([1, 3]), { lossFunc });
  expect(await learn.predict(picture)).toEqual(['dog', 1, [1, 3]]);
});

test('several labels are predicted as their names, a 0 or 1 for each, and their probabilities', async () => {
  const target = MultiCategoryBlock({ vocab: ['cloud', 'sea', 'sun'] });
  const learn = await learner(target, ['sun'], giving([Math.log(3), -Math.log(4), 0.1]));
  const [labels, encoded, probabilities] = await learn.predict(picture);
  expect(labels).toEqual(['cloud', 'sun']);
  expect(encoded).toEqual([1, 0, 1]);
  expect(probabilities.slice(0, 2)).toEqual(close([3 / 4, 1 / 5]));
});

test('one number is predicted as a number, several as a list', async () => {
  const one = await learner(RegressionBlock(), 1, giving([2.5]));
  expect(await one.predict(picture)).toEqual([2.5, 2.5, [2.5]]);
  const two = await learner(RegressionBlock({ nOut: 2 }), [1, 2], giving([2.5, -3]));
  expect(await two.predict(picture)).toEqual([
    [2.5, -3],
    [2.5, -3],
    [2.5, -3],
  ]);
});

test("points are predicted in pixels of the image, whatever the shape of the model's output", async () => {
  const label = [
    [1, 2],
    [3, 1],
  ];
  const learn = await learner(PointBlock(), label, giving([-1, 0.5, 0, 1]));
  const places = [
    [-1, 0.5],
    [0, 1],
  ];
  const inPixels = [close([0, 3]), close([3, 4])];
  expect(await learn.predict(picture)).toEqual([inPixels, places, [-1, 0.5, 0, 1]]);
  const wrong = await learner(PointBlock(), label, giving([1, 2, 3]));
  await expect(wrong.predict(picture)).rejects.toThrow(
    /shape \[3\], but targets of kind 'point' have \[-1,2\]/,
  );
});

test('a mask is predicted as its class indices, as bytes and as rows', async () => {
  const mask: Pixels = { data: new Uint8Array(height * width), width, height, channels: 1 };
  const learn = await learner(MaskBlock({ codes: ['road', 'car'] }), mask, giving([0, 1], 'pixel'));
  const [shown, rows, probabilities] = await learn.predict(picture);
  expect(shown).toEqual({ data: new Uint8Array(height * width).fill(1), width, height, channels: 1 });
  expect(rows).toEqual(Array(height).fill(Array(width).fill(1)));
  expect(probabilities).toHaveLength(height * width * 2);
});

test('the input comes first if requested', async () => {
  const learn = await learner(RegressionBlock(), 1, giving([2]));
  const [input, value] = await learn.predict(picture, { withInput: true });
  expect(input).toMatchObject({ width, height, data: picture.data });
  expect(value).toBe(2);
});

test('a class that is a number stays one, also when shown and after it was exported', async () => {
  const learn = await learner(CategoryBlock({ vocab: [10, 9] }), 9, giving([1, 3]));
  const [label] = await learn.predict(picture);
  expect(label).toBe(10);
  const interp = await ClassificationInterpretation.fromLearner(learn);
  expect(interp.mostConfused()).toEqual([[9, 10, 1]]);
  expect((await learn.showResults()).svg()).toMatch(/fill="#c62828">9<.*>10</s);
  const dls = fromDataConfig(JSON.parse(JSON.stringify(toDataConfig(learn.dls))));
  expect(dls.vocab).toEqual([9, 10]);
});

test('test-time augmentation and loaders with other item transforms still decode the images', async () => {
  const target = CategoryBlock({ vocab: ['cat', 'dog'] });
  const learn = await learner(target, 'cat', giving([1, 3]));
  const [preds] = await learn.tta({ n: 1, itemTfms: [new RandomResizedCrop(2)] });
  expect(preds.shape).toEqual([1, 2]);
  const [x, y] = await learn.dls.valid.with({ afterItem: new Pipeline([new Resize(3)]) }).oneBatch();
  expect(x.shape).toEqual([1, 3, 3, 3]);
  tf.dispose([preds, x, y]);
});

/** A learner whose predictions differ between images. */
async function seeing() {
  const model = new Sequential(new AdaptiveAvgPool2d(1), new Flatten(), new Linear(3, 3));
  return learner(CategoryBlock({ vocab: ['cat', 'dog', 'fox'] }), 'cat', model);
}

const gray = (level: number): Pixels => ({ ...picture, data: picture.data.map(() => level) });

test('concurrent predictions have the same results as single calls', async () => {
  const learn = await seeing();
  const levels = [0, 30, 90, 150, 200, 255];
  const alone = [];
  for (const level of levels) alone.push(await learn.predict(gray(level)));
  const before = tf.memory().numTensors;
  expect(await Promise.all(levels.map((level) => learn.predict(gray(level))))).toEqual(alone);
  expect(tf.memory().numTensors).toBe(before);
  const answers = await Promise.allSettled([learn.predict('none.jpg'), learn.predict(gray(0))]);
  expect(answers).toEqual([
    expect.objectContaining({ status: 'rejected' }),
    { status: 'fulfilled', value: alone[0] },
  ]);
});

test('a prediction in a callback of another is an error, rather than waiting forever', async () => {
  const learn = await seeing();
  const errors: unknown[] = [];
  class Predicting extends Callback {
    override async afterValidate() {
      await new Promise((resolve) => setTimeout(resolve, 1));
      await this.learn.predict(gray(1)).catch((error) => errors.push(error));
    }
  }
  const callback = new Predicting();
  learn.addCbs(callback);
  expect(await learn.predict(gray(0))).toHaveLength(3);
  expect(errors).toEqual([expect.any(BusyError)]);
  learn.removeCbs(callback);
  expect(await learn.predict(gray(0))).toHaveLength(3);
});

test('too many queued predictions are an error, and those in the queue still run', async () => {
  const learn = await seeing();
  learn.predictionQueue.limit = 2;
  const requests = [1, 2, 3, 4].map((level) => learn.predict(gray(level)));
  await expect(requests[3]).rejects.toThrow(QueueFullError);
  expect(await Promise.all(requests.slice(0, 3))).toHaveLength(3);
  expect(await learn.predict(gray(5))).toHaveLength(3);
});

test('a prediction during a fit is an error, and does not affect the fit', async () => {
  const fitted = async (disturb: boolean) => {
    setSeed(3);
    const learn = await seeing();
    learn.logger = null;
    const fit = learn.fit(2, 0.1);
    if (disturb) {
      for (let i = 0; i < 3; i++) await expect(learn.predict(picture)).rejects.toThrow(BusyError);
    }
    await fit;
    return [learn.recorder.values, learn.showBar, await learn.predict(picture)];
  };
  expect(await fitted(true)).toEqual(await fitted(false));
});
