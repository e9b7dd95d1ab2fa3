import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import {
  ByteCache,
  Pipeline,
  type Pixels,
  Rng,
  type Split,
  setQuiet,
  setSeed,
  Transform,
} from '@fastts/core';
import { CategoryBlock, DataBlock, type DataLoader, IndexSplitter } from '@fastts/data';
import { expectAllClose } from '@fastts/testing/allClose';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import { DecodeImage, FlipItem, ImageBlock, LazyImage, RandomResizedCrop, Resize } from '../src/index.js';

let folder: string;
beforeAll(() => setQuiet(true));
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fastts-cache-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
afterAll(() => setQuiet(false));

/** Files of distinct smooth images, wider than high. */
async function files(count: number, format: 'png' | 'jpeg' = 'png', height = 30): Promise<string[]> {
  const width = Math.round(height * 1.4);
  const paths = Array.from({ length: count }, (_, i) => join(folder, `${i}.${format}`));
  for (const [i, path] of paths.entries()) {
    const data = Uint8Array.from({ length: height * width * 3 }, (_, k) => {
      const [y, x] = [Math.floor(k / 3 / width), Math.floor(k / 3) % width];
      return [(255 * x) / width, (255 * y) / height, 20 * i][k % 3]!;
    });
    const image = sharp(data, { raw: { width, height, channels: 3 } });
    writeFileSync(path, await image.toFormat(format, { quality: 100 }).toBuffer());
  }
  return paths;
}

/** Data loaders that train on all files but the first. */
async function loaders(paths: string[], itemTfms: Transform | Transform[], cache?: number | ByteCache) {
  setSeed(3);
  return new DataBlock({
    blocks: [ImageBlock(), CategoryBlock({ vocab: ['even', 'odd'] })],
    getY: (path: string) => (Number.parseInt(basename(path), 10) % 2 ? 'odd' : 'even'),
    splitter: new IndexSplitter([0]),
    itemTfms,
  }).dataloaders(paths, { bs: 4, shuffle: false, strict: true, cache });
}

async function epoch(loader: DataLoader<tf.Tensor4D, tf.Tensor1D | undefined>): Promise<number[]> {
  const values: number[] = [];
  for await (const [x, y] of loader) {
    values.push(...x.dataSync());
    tf.dispose([x, y]);
  }
  return values;
}

test('the second epoch decodes nothing, in training and in validation', async () => {
  const dls = await loaders(await files(6), new Resize(40), 1e6);
  const [first] = [await epoch(dls.train), await epoch(dls.valid)];
  expect(dls.train.cache).toBe(dls.valid.cache);
  expect([dls.train.cache!.size, dls.train.cache!.bytes]).toEqual([6, 6 * 30 * 42 * 3]);
  rmSync(folder, { recursive: true });
  const second = await epoch(dls.train);
  expect(second).toHaveLength(first!.length);
  // The part that Resize keeps is still random.
  expect(second).not.toEqual(first);
  expect(await epoch(dls.valid)).toEqual(await epoch(dls.valid));
});

test.each<[string, () => Transform[]]>([
  ['cropped and enlarged', () => [new Resize(40)]],
  ['filled up', () => [new Resize(60, { method: 'pad' })]],
  ['padded and reduced', () => [new Resize(20, { method: 'pad' })]],
  ['mirrored', () => [new Resize(40), new FlipItem()]],
  ['cropped at random', () => [new RandomResizedCrop(20)]],
])('images that are %s are the same with and without a cache', async (_name, tfms) => {
  const paths = await files(5);
  const plain = await loaders(paths, tfms());
  const expected = [await epoch(plain.train), await epoch(plain.train), await epoch(plain.valid)];
  const kept = await loaders(paths, tfms(), 1e6);
  const actual = [await epoch(kept.train), await epoch(kept.train), await epoch(kept.valid)];
  expectAllClose(actual.flat(), expected.flat(), { atol: 2 / 255 });
});

test.each(['crop', 'squish'] as const)(
  'an image that Resize reduces (%s) is cached at its scale, which shifts it by at most half a pixel',
  async (method) => {
    const paths = await files(5, 'jpeg', 150);
    const resize = () => new Resize(20, { method });
    const expected = await epoch((await loaders(paths, resize())).train);
    const { train } = await loaders(paths, resize(), 1e6);
    const first = await epoch(train);
    expect(train.cache!.bytes).toBe(4 * 3 * 20 * (method === 'crop' ? 28 : 20));
    // Neighboring output pixels differ by a twentieth of the colors' range.
    expectAllClose(first, expected, { atol: 0.6 / 20 + 2 / 255 });
  },
);

test('a whole cached image can be used for Resize, but a reduced one is decoded again for a random crop', async () => {
  const [path] = (await files(1, 'png', 60)) as [string];
  const cache = new ByteCache(1e6);
  const load = async (tfm: Transform, split: Split) => {
    const context = { split, rng: new Rng(1), cache };
    const [image] = await new Pipeline([tfm, new DecodeImage()]).apply(
      [new LazyImage(path)],
      ['image'],
      context,
    );
    return (image as LazyImage).compute();
  };
  await load(new RandomResizedCrop(16), 'valid');
  const small = cache.bytes;
  const cropped = await load(new RandomResizedCrop(16), 'train');
  expect([cropped.height, cropped.width]).toEqual([16, 16]);
  expect(cache.bytes).toBe(60 * 84 * 3);
  expect(small).toBeLessThan(cache.bytes / 4);
  rmSync(folder, { recursive: true });
  expect(await load(new RandomResizedCrop(16), 'valid')).toMatchObject({ height: 16, width: 16 });
});

test('a full cache keeps its images, and others are decoded each time', async () => {
  const dls = await loaders(await files(6), new Resize(40), 3.5 * 30 * 42 * 3);
  const first = await epoch(dls.train);
  expect(dls.train.cache!.size).toBe(3);
  expect(await epoch(dls.train)).toHaveLength(first.length);
  expect(dls.train.cache!.size).toBe(3);
});

test('two data loaders can share a cache; test items are not cached', async () => {
  const cache = new ByteCache(1e6);
  const paths = await files(5);
  const small = await loaders(paths, new Resize(40), cache);
  await epoch(small.train);
  await epoch(small.testDl(paths)).catch(() => {});
  expect(cache.size).toBe(4);
  expect(small.testDl(paths).cache).toBeUndefined();
  expect(small.newEmpty().train.cache).toBeUndefined();
  const large = await loaders(paths, new Resize(60), cache);
  rmSync(folder, { recursive: true });
  expect(await epoch(large.train)).toHaveLength(4 * 60 * 60 * 3);
});

test('in-place changes by a custom transform do not affect the cache', async () => {
  const paths = await files(5);
  class Darken extends Transform {
    override order = 6;
    override kinds = ['image'];
    encodes(image: Pixels): Pixels {
      image.data.fill(0);
      return image;
    }
  }
  const cache = new ByteCache(1e6);
  const dark = await loaders(paths, new Darken(), cache);
  expect(Math.max(...(await epoch(dark.train)))).toBe(0);
  expect(Math.max(...(await epoch((await loaders(paths, [], cache)).train)))).toBeGreaterThan(0.9);
});
