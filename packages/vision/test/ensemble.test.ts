import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setProgressSink, setQuiet, setSeed } from '@fastts/core';
import { CategoryBlock, ColReader, DataBlock, IndexSplitter, parentLabel } from '@fastts/data';
import {
  accuracy,
  CrossEntropyLossFlat,
  ensemble,
  Learner,
  LearnerError,
  loadLearner,
} from '@fastts/learner';
import { expectAllClose } from '@fastts/testing/allClose';
import { linesDuring } from '@fastts/testing/progress';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import { augTransforms, getImageFiles, ImageBlock, Normalize, Resize, SimpleCNN } from '../src/index.js';

let folder: string;
let files: string[];
const at = (...names: string[]) => path.join(folder, ...names);

/** Exports an untrained model of pictures of `side` pixels. */
async function exported(name: string, side: number, vocab = ['blue', 'red'], seed = side): Promise<string> {
  setSeed(seed);
  const dls = await dataOf(side, vocab);
  using learn = new Learner(dls, new SimpleCNN([3, 4, dls.c]), { lossFunc: new CrossEntropyLossFlat() });
  // Far from equal probabilities.
  for (const parameter of learn.model.parameters()) parameter.value.assign(tf.mul(parameter.value, 3));
  return await learn.export(at(name));
}

function dataOf(side: number, vocab = ['blue', 'red']) {
  return new DataBlock({
    blocks: [ImageBlock(), CategoryBlock({ vocab, sort: false })],
    getItems: getImageFiles,
    getY: parentLabel,
    splitter: new IndexSplitter([1, 3, 5, 7, 9]),
    itemTfms: new Resize(side),
    batchTfms: [
      ...augTransforms({ size: side }),
      Normalize.fromStats({ mean: [0.5, 0.5, 0.5], std: [side / 50, 0.2, 0.2] }),
    ],
  }).dataloaders(at('pictures'), { bs: 4 });
}

let small: string;
let large: string;
beforeAll(async () => {
  setQuiet(true);
  folder = mkdtempSync(path.join(tmpdir(), 'fastts-ensemble-'));
  for (const [label, background] of Object.entries({ blue: '#2030c0', red: '#c03020' })) {
    mkdirSync(at('pictures', label), { recursive: true });
    for (let i = 0; i < 6; i++) {
      const light = { brightness: 0.5 + i / 6 };
      const picture = sharp({ create: { width: 24, height: 20, channels: 3, background } }).modulate(light);
      await picture.png().toFile(at('pictures', label, `${i}.png`));
    }
  }
  files = getImageFiles(at('pictures'));
  small = await exported('small', 12);
  large = await exported('large', 16);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The probabilities by one model of its own data. */
async function alone(file: string): Promise<number[][]> {
  using learn = await loadLearner(file);
  const [preds] = await learn.noBar(() => learn.getPreds({ dl: learn.dls.testDl(files) }));
  const rows: unknown = await preds.array();
  preds.dispose();
  return rows as number[][];
}

const combined = (a: number[][], b: number[][], combine: (x: number, y: number) => number) =>
  a.map((row, i) => row.map((x, c) => combine(x, b[i]![c]!)));

test('predictions are the mean of models that differ in size and normalization', async () => {
  const [a, b] = [await alone(small), await alone(large)];
  expect(a).not.toEqual(b);
  const models = await ensemble([small, large]);
  expect(models.vocab).toEqual(['blue', 'red']);
  const [preds, targs] = await models.predict(files);
  expect(targs).toBeUndefined();
  expectAllClose(
    preds,
    combined(a, b, (x, y) => (x + y) / 2),
  );
  const weighted = await ensemble([small, large], { weights: [3, 1] });
  expectAllClose(
    (await weighted.predict(files))[0],
    combined(a, b, (x, y) => (3 * x + y) / 4),
  );
  const only = await ensemble([small, large], { weights: [0, 2] });
  expectAllClose((await only.predict(files))[0], b);
});

test('the geometric mean of class probabilities sums to 1', async () => {
  const models = await ensemble([small, large], { mean: 'geometric', weights: [1, 2] });
  const [preds] = await models.predict(files);
  const products = combined(await alone(small), await alone(large), (x, y) => (x * y * y) ** (1 / 3));
  const wanted = products.map((row) => row.map((p) => p / row.reduce((sum, each) => sum + each, 0)));
  expectAllClose(preds, wanted);
});

test('a loader gives the items and the targets, each model its own transforms, and memory is free afterwards', async () => {
  const { valid } = await dataOf(20);
  const models = await ensemble([small, large]);
  const before = tf.memory().numTensors;
  const [preds, targs] = await models.predict(valid);
  expect(tf.memory().numTensors).toBe(before + 2);
  const labels = valid.dataset.items.map((file) => models.vocab.indexOf(parentLabel(file)));
  expect(await targs.array()).toEqual(labels);
  const [share] = await accuracy(preds, targs).data();
  expect([0, 1, 2, 3, 4, 5].map((n) => n / 5)).toContainEqual(expect.closeTo(share!, 5));
  const [ofItems] = await models.predict(valid.dataset.items, { bs: 3 });
  expectAllClose(preds, await ofItems.array());
  const [again] = await models.predict(valid.with({ shuffle: true, dropLast: true, bs: 2 }));
  expectAllClose(preds, await again.array());
});

test('one model at a time is in memory', async () => {
  const models = await ensemble([small, large, small, large]);
  const used: number[] = [];
  setQuiet(false);
  // The line of a model is logged before it is loaded.
  const line = () => void used.push(tf.memory().numTensors);
  const before = setProgressSink({ line, bar: () => ({ update() {}, stop() {} }) });
  const start = tf.memory().numTensors;
  const [preds] = await models.predict(files).finally(() => {
    setProgressSink(before);
    setQuiet(true);
  });
  expect(used).toEqual([start, start + 1, start + 1, start + 1]);
  preds.dispose();
});

test('models of a table predict rows without labels, and files', async () => {
  const rows = files.map((file) => ({ file: path.basename(path.dirname(file)), name: path.basename(file) }));
  const dls = await new DataBlock({
    blocks: [ImageBlock(), CategoryBlock()],
    getX: ColReader('path', { pref: `${at('pictures')}/` }),
    getY: ColReader('label'),
    itemTfms: new Resize(12),
  }).dataloaders(
    rows.map(({ file, name }) => ({ path: `${file}/${name}`, label: file })),
    { bs: 4 },
  );
  using learn = new Learner(dls, new SimpleCNN([3, 4, dls.c]));
  const models = await ensemble([await learn.export(at('table'))]);
  const [ofRows] = await models.predict(rows.map(({ file, name }) => ({ path: `${file}/${name}` })));
  const [ofFiles] = await models.predict(files);
  expect(ofRows.shape).toEqual([12, 2]);
  expectAllClose(ofRows, await ofFiles.array());
});

test('test-time augmentation is that of each model', async () => {
  const models = await ensemble([small, large], { tta: { n: 2, beta: 0.4 } });
  setSeed(3);
  const [preds] = await models.predict(files);
  setSeed(3);
  const each: number[][][] = [];
  for (const file of [small, large]) {
    using learn = await loadLearner(file);
    const [own] = await learn.noBar(() => learn.tta({ dl: learn.dls.testDl(files), n: 2, beta: 0.4 }));
    each.push((await own.array()) as number[][]);
  }
  expectAllClose(
    preds,
    combined(each[0]!, each[1]!, (x, y) => (x + y) / 2),
  );
});

test('items that cannot be loaded are an error, or rows of NaN', async () => {
  const models = await ensemble([small, large]);
  const given = [files[0]!, at('missing.png')];
  const before = tf.memory().numTensors;
  await expect(models.predict(given)).rejects.toThrow('missing.png');
  expect(tf.memory().numTensors).toBe(before);
  const [preds] = await models.predict(given, { unreadable: 'nan' });
  const sums = await tf.sum(preds, 1).array();
  expect(sums).toEqual([expect.closeTo(1, 5), Number.NaN]);
});

test('progress names the model', async () => {
  setQuiet(false);
  const models = await ensemble([small, large]);
  const lines = await linesDuring(() => models.predict(files)).finally(() => setQuiet(true));
  expect(lines).toEqual([`Model 1 of 2: ${small}`, `Model 2 of 2: ${large}`]);
});

describe('refused:', () => {
  const error = (work: () => Promise<unknown>) => work().catch((reason: unknown) => reason);

  test('models of different classes, naming the first that differs', async () => {
    const other = await exported('other', 12, ['blue', 'pink', 'red']);
    const more = await exported('more', 12, ['blue', 'red', 'teal']);
    const before = tf.memory().numTensors;
    const found = await error(() => ensemble([small, large, other]));
    expect(found).toBeInstanceOf(LearnerError);
    expect(String(found)).toContain(
      `The classes differ: class 1 of ${other} is 'pink', that of ${small} is 'red'. Train all models with the same vocabulary`,
    );
    expect(String(await error(() => ensemble([more, small])))).toContain(
      `class 2 of ${small} is missing, that of ${more} is 'teal'`,
    );
    expect(tf.memory().numTensors).toBe(before);
  });

  test('a loader of other classes', async () => {
    const { valid } = await dataOf(12, ['red', 'blue']);
    const models = await ensemble([small]);
    expect(String(await error(() => models.predict(valid)))).toContain("class 0 of the loader is 'red'");
  });

  test.each([
    [() => ensemble([]), 'An ensemble needs at least one model'],
    [() => ensemble([small], { weights: [1, 1] }), 'weights must have one number per model (1), got 2.'],
    [() => ensemble([small], { weights: [-1] }), 'Each of weights must be a number ≥ 0, got -1.'],
    [() => ensemble([small], { weights: [0] }), 'All weights of the ensemble are 0'],
  ])('%#', async (work, message) => {
    expect(String(await error(work))).toContain(message);
  });
});
