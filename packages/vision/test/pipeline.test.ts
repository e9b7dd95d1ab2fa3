import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setQuiet, setSeed, type Transform } from '@fastts/core';
import { CategoryBlock, DataBlock, IndexSplitter, parentLabel } from '@fastts/data';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import {
  augTransforms,
  getImageFiles,
  Hue,
  ImageBlock,
  imagenetStats,
  Normalize,
  RandomErasing,
  Resize,
  Saturation,
} from '../src/index.js';

let folder: string;
const broken = () => join(folder, 'red', 'broken.png');

beforeAll(async () => {
  setQuiet(true);
  folder = mkdtempSync(join(tmpdir(), 'fastts-pipeline-'));
  for (const [name, background] of Object.entries({ red: '#e01010', blue: '#1010e0' })) {
    mkdirSync(join(folder, name));
    for (let i = 0; i < 6; i++) {
      const picture = sharp({ create: { width: 40 + i, height: 30, channels: 3, background } });
      await picture.png().toFile(join(folder, name, `${i}.png`));
    }
  }
  writeFileSync(broken(), 'no picture');
});
afterAll(() => {
  setQuiet(false);
  rmSync(folder, { recursive: true });
});

function dataloaders(normalize = Normalize.fromStats({ mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] })) {
  setSeed(7);
  return new DataBlock({
    blocks: [ImageBlock(), CategoryBlock()],
    getItems: getImageFiles,
    getY: parentLabel,
    splitter: new IndexSplitter([0, 11]),
    itemTfms: new Resize(24),
    batchTfms: [...augTransforms({ size: 16, minScale: 0.75 }), normalize],
  }).dataloaders(folder, { bs: 11, dropLast: false });
}

test('images in folders become normalized batches, and one that cannot be read is skipped and reported', async () => {
  const dls = await dataloaders();
  const [x, y] = await dls.train.oneBatch();
  expect(x.shape).toEqual([10, 16, 16, 3]);
  expect(dls.vocab).toEqual(['blue', 'red']);
  const labels = await y.array();
  const colors = (await tf.mean(x, [1, 2]).array()) as number[][];
  for (const [i, [red, , blue]] of colors.entries()) expect(red! > blue!).toBe(labels[i] === 1);
  for await (const batch of dls.train) tf.dispose(batch);
  expect(dls.train.skipped.map(({ path }) => path)).toEqual([broken()]);
});

test('an item transform among batch transforms, or the reverse, is an error that names the right list', async () => {
  const block = (tfms: { itemTfms?: Transform | Transform[]; batchTfms?: Transform | Transform[] }) =>
    new DataBlock({
      blocks: [ImageBlock(), CategoryBlock()],
      getItems: getImageFiles,
      getY: parentLabel,
      ...tfms,
    });
  const taken = async (tfms: Parameters<typeof block>[0]) =>
    (await block(tfms).dataloaders(folder, { bs: 1 })).oneBatch();
  await expect(taken({ batchTfms: new Resize(16) })).rejects.toThrow(/Resize takes .*pass it in itemTfms/);
  for (const wrong of [
    ...augTransforms(),
    new Saturation(),
    new Hue(),
    new RandomErasing({ p: 1 }),
    Normalize.fromStats(imagenetStats),
  ]) {
    await expect(taken({ itemTfms: [new Resize(16), wrong] })).rejects.toThrow(
      `${wrong.constructor.name} takes a whole batch: pass it in batchTfms, not itemTfms.`,
    );
  }
});

test('the same seed gives the same batch', async () => {
  const [first, second] = [
    await (await dataloaders()).train.oneBatch(),
    await (await dataloaders()).train.oneBatch(),
  ];
  expect(await first[0].data()).toEqual(await second[0].data());
  expect(await first[1].data()).toEqual(await second[1].data());
});

test('Normalize without statistics computes them from the data', async () => {
  const normalize = new Normalize();
  const dls = await dataloaders(normalize);
  expect(normalize.stats!.mean).toHaveLength(3);
  const [x] = await dls.valid.oneBatch();
  expect(Math.max(...(await x.data()))).toBeLessThan(3);
});

test('a pass leaks no tensor', async () => {
  const dls = await dataloaders();
  const before = tf.memory().numTensors;
  for await (const batch of dls.train) tf.dispose(batch);
  expect(tf.memory().numTensors).toBe(before);
});

test('showBatch shows denormalized images with their labels', async () => {
  const dls = await dataloaders();
  const svg = (await dls.valid.showBatch()).svg();
  expect(svg).toContain('>blue<');
  expect(svg).toContain('>red<');
  const [png] = /(?<=base64,)[^"]+/.exec(svg)!;
  const { data } = await sharp(Buffer.from(png, 'base64')).raw().toBuffer({ resolveWithObject: true });
  expect(Math.abs(data[0]! - 0x10) + Math.abs(data[2]! - 0xe0)).toBeLessThan(4);
});
