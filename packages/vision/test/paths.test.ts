import { ByteCache, Pipeline, type Pixels, Rng } from '@fastts/core';
import { meanDifference } from '@fastts/testing/allClose';
import type * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import fixture from '../fixtures/paths.json';
import { resizePixels } from '../src/image/resizePixels.js';
import { DecodeImage, ImageBlock, LazyImage, RandomResizedCrop, Resize } from '../src/index.js';
import { hashUniform } from './hashFill.js';

const [height, width] = fixture.input as [number, number];
const pixels: Pixels = {
  data: Uint8Array.from(hashUniform(29, height * width * 3), (value) => Math.round(value * 255)),
  height,
  width,
  channels: 3,
};

let file: Buffer;
beforeAll(async () => {
  file = await asSharp(pixels).png().toBuffer();
});

function asSharp({ data, ...raw }: Pixels) {
  return sharp(data, { raw });
}

type Case = (typeof fixture.cases)[number];

function transformOf({ tfm, size, options }: Case): Resize | RandomResizedCrop {
  if (tfm === 'RandomResizedCrop') return new RandomResizedCrop(size as [number, number]);
  const { method, pad_mode: padMode } = options as { method?: 'squish'; pad_mode?: 'border' };
  return new Resize(size as [number, number], { method, padMode });
}

/** The image after the item transform, in memory. */
async function computed(source: Pixels | Uint8Array, item: Case): Promise<tf.TypedArray> {
  const context = { split: 'valid', rng: new Rng(1) } as const;
  const [image] = await new Pipeline([transformOf(item)]).apply([new LazyImage(source)], ['image'], context);
  return (await (image as LazyImage).compute()).data;
}

/** The image in a batch, from 0 to 255. */
async function batched(source: Pixels | Uint8Array, item: Case): Promise<tf.TypedArray> {
  const pipeline = new Pipeline([transformOf(item), new DecodeImage()]);
  const context = { split: 'valid', rng: new Rng(1) } as const;
  const images = await pipeline.apply([new LazyImage(source)], ['image'], context);
  return ImageBlock().collate(images).mul(255).dataSync();
}

describe.each(fixture.cases.map((c) => [c.name, c] as const))('%s', (_name, item) => {
  // Enlarging differs from Pillow only in rounding; sharp reduces with rounded weights and positions, for which noise
  // is the worst case.
  const shrinks = item.size[0]! < height || item.size[1]! < width;
  const bound = shrinks ? { largest: 12, mean: 1.3 } : { largest: 1.01, mean: 0.35 };

  test.each([
    ['computed from pixels', () => computed(pixels, item)],
    ['computed from a file', () => computed(file, item)],
    ['in a batch from pixels', () => batched(pixels, item)],
    ['in a batch from a file', () => batched(file, item)],
  ])("has Pillow's pixels %s", async (_path, result) => {
    const values = await result();
    expect(values).toHaveLength(item.values.length);
    const largest = item.values.reduce((max, value, i) => Math.max(max, Math.abs(value - values[i]!)), 0);
    expect(largest).toBeLessThanOrEqual(bound.largest);
    expect(meanDifference(values, item.values)).toBeLessThan(bound.mean);
  });
});

test.each([
  ['a JPEG', 90, (ramp: Pixels) => asSharp(ramp).jpeg({ quality: 100, chromaSubsampling: '4:4:4' })],
  ['a JPEG', 129, (ramp: Pixels) => asSharp(ramp).jpeg({ quality: 100, chromaSubsampling: '4:4:4' })],
  ['a cached file', 90, (ramp: Pixels) => asSharp(ramp).png()],
  ['a cached file', 301, (ramp: Pixels) => asSharp(ramp).png()],
])(
  '%s that shrinks to %i pixels before it is cropped is shifted by at most half an output pixel',
  async (kind, side, save) => {
    const [rows, columns] = [361, 527];
    const steps = Uint8Array.from(
      { length: rows * columns },
      (_, i) => (255 * (i % columns)) / (columns - 1),
    );
    const ramp: Pixels = { data: steps, height: rows, width: columns, channels: 1 };
    const box = { left: (columns - rows) / 2, top: 0, width: rows, height: rows };
    const expected = resizePixels(ramp, box, [side, side]).data;
    const context = {
      split: 'valid',
      rng: new Rng(1),
      cache: kind === 'a JPEG' ? undefined : new ByteCache(1e6),
    } as const;
    const image = new LazyImage(await save(ramp).toBuffer(), 'gray');
    const [shrunk] = await new Pipeline([new Resize(side), new DecodeImage()]).apply(
      [image],
      ['image'],
      context,
    );
    const { data } = await (shrunk as LazyImage).compute();
    const halfPixel = (0.5 * (rows / side) * 255) / (columns - 1);
    expect(expected.reduce((max, value, i) => Math.max(max, Math.abs(value - data[i]!)), 0)).toBeLessThan(
      halfPixel + 2,
    );
  },
);
