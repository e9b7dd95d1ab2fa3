import { Pipeline, type Pixels, Rng, setQuiet } from '@fastts/core';
import { CategoryBlock, DataBlock } from '@fastts/data';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import { ImageBlock, LazyImage, pixelsOf } from '../src/index.js';

beforeAll(() => setQuiet(true));
afterAll(() => setQuiet(false));

const picture: Pixels = {
  data: Uint8Array.from({ length: 36 }, (_, i) => 7 * i),
  width: 4,
  height: 3,
  channels: 3,
};
const { data, ...raw } = picture;

/** The pixels that an image block reads from a value. */
async function pixelsFrom(given: unknown): Promise<Pixels> {
  const context = { split: 'valid', rng: new Rng(1) } as const;
  const [image] = await new Pipeline(ImageBlock().typeTfms()).apply([given], ['image'], context);
  if (image instanceof LazyImage) return image.compute();
  throw new Error('no lazy image');
}

/** A PNG file in a separate buffer, with an even number of bytes. */
async function fileOf(): Promise<ArrayBuffer> {
  const file = await sharp(data, { raw }).png().toBuffer();
  const buffer = new ArrayBuffer(file.length + (file.length % 2));
  new Uint8Array(buffer).set(file);
  return buffer;
}

test.each<[string, (file: ArrayBuffer) => unknown]>([
  ['an ArrayBuffer', (file) => file],
  [
    'a SharedArrayBuffer',
    (file) => {
      const shared = new SharedArrayBuffer(file.byteLength);
      new Uint8Array(shared).set(new Uint8Array(file));
      return shared;
    },
  ],
  ['a Uint8Array', (file) => new Uint8Array(file)],
  ['a Buffer', (file) => Buffer.from(file)],
  [
    'a DataView of part of a buffer',
    (file) => {
      const larger = new Uint8Array(file.byteLength + 9);
      larger.set(new Uint8Array(file), 5);
      return new DataView(larger.buffer, 5, file.byteLength);
    },
  ],
  ['a Uint16Array', (file) => new Uint16Array(file)],
  ['a Blob', (file) => new Blob([file])],
  ['a File', (file) => new File([file], 'picture.png')],
])('reads a file in %s', async (_name, given) => {
  const image = await pixelsFrom(given(await fileOf()));
  expect([...image.data]).toEqual([...data]);
});

test('accepts the pixels of a canvas, which have an alpha channel', async () => {
  const canvas = { data: Uint8ClampedArray.of(10, 20, 30, 255, 40, 50, 60, 255), width: 2, height: 1 };
  expect([...(await pixelsFrom(canvas)).data]).toEqual([10, 20, 30, 40, 50, 60]);
});

test('rejects pixels that are not bytes, or whose number does not match their size', async () => {
  const floats = pixelsFrom({ ...picture, data: new Float32Array(36) });
  await expect(floats).rejects.toThrow(
    'has data of type Float32Array: pass a Uint8Array of bytes from 0 to 255',
  );
  await expect(pixelsFrom({ ...picture, width: 5 })).rejects.toThrow(
    'has 36 bytes, but 3 × 5 pixels of 3 channels need 45',
  );
});

test('a file in memory is the input itself if the items are rows', async () => {
  const dls = await new DataBlock({
    blocks: [ImageBlock(), CategoryBlock()],
    getX: ({ file }: { file: Uint8Array; label: string }) => file,
    getY: ({ label }) => label,
    splitter: () => [[0], [1]],
  }).dataloaders(['a', 'a'].map((label) => ({ file: new Uint8Array(0), label })));
  const file = await fileOf();
  for (const given of [file, new DataView(file), new Blob([file])]) {
    const [x] = await dls.testDl([given], { strict: true }).oneBatch();
    expect(x.shape).toEqual([1, 3, 4, 3]);
    x.dispose();
  }
});

describe('a tensor as an image', () => {
  const numbers = (values: number[], dtype: tf.DataType) => tf.tensor(values, [1, 3, 1], dtype);

  test('is int32 from 0 to 255 or float32 from 0 to 1', async () => {
    expect([...(await pixelsOf(numbers([0, 128, 255], 'int32'))).data]).toEqual([0, 128, 255]);
    expect([...(await pixelsOf(numbers([0, 0.5, 1], 'float32'))).data]).toEqual([0, 128, 255]);
    // Rounding errors may exceed the range by less than half a byte.
    expect([...(await pixelsOf(numbers([-1e-6, 0.2, 1.00001], 'float32'))).data]).toEqual([0, 51, 255]);
  });

  test.each<[number[], tf.DataType, string]>([
    [[0, 128, 255], 'float32', 'must have values from 0 to 1, got 128: divide by 255'],
    [[0, -1.5, 1], 'float32', 'must have values from 0 to 1, got -1.5: divide by 255'],
    [[0, Number.NaN, 1], 'float32', 'must have values from 0 to 1, got NaN'],
    [[0, 256, 1], 'int32', 'must have values from 0 to 255, got 256'],
    [[0, -1, 1], 'int32', 'must have values from 0 to 255, got -1'],
    [[0, 1, 1], 'bool', 'must be int32, from 0 to 255, or float32, from 0 to 1, got bool'],
  ])('is rejected with values %j as %s', async (values, dtype, message) => {
    await expect(pixelsOf(numbers(values, dtype))).rejects.toThrow(message);
    await expect(pixelsFrom(numbers(values, dtype))).rejects.toThrow(message);
  });
});
