import { Pipeline, type Pixels, Rng, type Split, setQuiet, type Transform, tensorsIn } from '@fastts/core';
import { DataBlock } from '@fastts/data';
import { eachEngine } from '@fastts/testing/engines';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import files from '../fixtures/maskFiles.json';
import fixture from '../fixtures/masks.json';
import {
  augTransforms,
  CropPad,
  Flip,
  FlipItem,
  ImageBlock,
  LazyImage,
  MaskBlock,
  RandomResizedCrop,
  RandomResizedCropGPU,
  Resize,
  Rotate,
  setupAugTfms,
  Warp,
  Zoom,
} from '../src/index.js';

beforeAll(() => setQuiet(true));
afterAll(() => setQuiet(false));

/** A class for each pixel, different from its neighbors', as in the fixture's script. */
function classes(height: number, width: number): Pixels {
  const data = Uint8Array.from({ length: height * width }, (_, i) => {
    return (7 * (i % width) + 13 * Math.floor(i / width)) % 251;
  });
  return { data, width, height, channels: 1 };
}

function batchOf(...masks: Pixels[]): tf.Tensor3D {
  return MaskBlock().collate(masks);
}

async function through(tfm: Transform, mask: LazyImage, split: Split): Promise<Pixels> {
  const [result] = await new Pipeline([tfm]).apply([mask], ['mask'], { split, rng: new Rng(1) });
  return (result as LazyImage).compute();
}

describe('a lazy mask', () => {
  const [height, width] = fixture.framed.input as [number, number];
  const mask = new LazyImage(classes(height, width), 'mask');

  test.each(fixture.framed.cases.map((c) => [c.name, c] as const))(
    "in validation is resized to fastai's pixels: %s",
    async (_name, { size, options, values }) => {
      const { method, pad_mode: padMode } = options as { method?: 'pad'; pad_mode?: 'zeros' };
      const tfm = new Resize(size as [number, number], { method, padMode });
      const framed = await through(tfm, mask, 'valid');
      expect(framed).toMatchObject({ height: size[0], width: size[1], channels: 1 });
      expect([...framed.data]).toEqual(values);
    },
  );

  test("is cropped by RandomResizedCrop to fastai's pixels", async () => {
    const { data } = await through(new RandomResizedCrop(16), mask, 'valid');
    expect([...data]).toEqual(fixture.framed.randomResizedCrop);
  });

  test('has only its own classes in training', async () => {
    const few = new LazyImage({ ...classes(40, 60), data: classes(40, 60).data.map((v) => v % 3) }, 'mask');
    for (const tfm of [new Resize(17), new RandomResizedCrop(25)]) {
      const { data } = await through(tfm, few, 'train');
      expect([...new Set(data)].sort()).toEqual([0, 1, 2]);
    }
  });

  test('reads the class indices of a file unchanged', async () => {
    const { data, height, width } = classes(9, 14);
    const file = await sharp(data, { raw: { width, height, channels: 1 } })
      .png()
      .toBuffer();
    const mask = await new LazyImage(file, 'mask').compute();
    expect(mask).toMatchObject({ height, width, channels: 1 });
    expect([...mask.data]).toEqual([...data]);
  });

  test.each(files.cases.map((c) => [c.name, c] as const))(
    'has the class indices stored in %s',
    async (_name, { file, values }) => {
      const mask = await new LazyImage(Buffer.from(file, 'base64'), 'mask').compute();
      expect(mask).toMatchObject({ height: 2, width: 4, channels: 1 });
      expect([...mask.data]).toEqual(values);
    },
  );

  test.each([
    ['a tensor', () => tf.tensor2d([0, 1, 2, 255, 254, 3], [2, 3])],
    ['an int32 tensor', () => tf.tensor2d([0, 1, 2, 255, 254, 3], [2, 3], 'int32')],
    [
      'pixels of more than a byte',
      () => ({ data: Uint16Array.of(0, 1, 2, 255, 254, 3), width: 3, height: 2, channels: 1 }),
    ],
  ])('can be %s of class indices, which still belongs to the caller', async (_name, make) => {
    const given = make();
    const before = tf.memory().numTensors;
    const mask = await (await opened(given)).compute();
    expect(mask).toMatchObject({ height: 2, width: 3, channels: 1 });
    expect([...mask.data]).toEqual([0, 1, 2, 255, 254, 3]);
    expect(tf.memory().numTensors).toBe(before);
    if (given instanceof tf.Tensor) given.dispose();
  });

  test.each([
    ['a file', 300, () => Buffer.from(files.tooLarge, 'base64')],
    ['a tensor', 300, () => tf.tensor2d([0, 300, 0, 0], [2, 2], 'int32')],
    ['a tensor', -1, () => tf.tensor2d([0, -1, 0, 0], [2, 2], 'int32')],
    ['a tensor', 0.5, () => tf.tensor2d([0, 0.5, 0, 0], [2, 2])],
    ['a tensor', Number.NaN, () => tf.tensor2d([0, Number.NaN, 0, 0], [2, 2])],
    ['pixels', 256, () => ({ data: Int32Array.of(0, 256, 0, 0), width: 2, height: 2, channels: 1 })],
  ])('rejects %s with %j', async (_name, index, make) => {
    const reading = Promise.resolve(opened(make())).then((mask) => mask.compute());
    await expect(reading).rejects.toThrow(
      `class indices of a mask must be integers from 0 to 255, got ${index} in row 0, column 1: renumber them`,
    );
  });
});

/** Opens a getter's result. */
async function opened(given: unknown): Promise<LazyImage> {
  const context = { split: 'train', rng: new Rng(1) } as const;
  const [mask] = await new Pipeline(MaskBlock().typeTfms()).apply([given], ['mask'], context);
  if (mask instanceof LazyImage) return mask;
  throw new Error('no lazy mask');
}

describe('a mask of another size than its image', () => {
  const image = (height: number, width: number, orientation = 1) =>
    sharp({ create: { height, width, channels: 3, background: 'red' } })
      .withMetadata({ orientation })
      .jpeg()
      .toBuffer();
  const mask = (height: number, width: number) =>
    sharp(classes(height, width).data, { raw: { height, width, channels: 1 } })
      .png()
      .toBuffer();

  async function load(
    x: unknown,
    y: unknown,
    item: Transform = new Resize(8),
    blocks = [ImageBlock(), MaskBlock()],
  ): Promise<void> {
    const dls = await new DataBlock({ blocks, getX: () => x, getY: () => y, itemTfms: item }).dataloaders(
      [0, 1],
      { bs: 1, strict: true },
    );
    tf.dispose(tensorsIn(await dls.train.oneBatch()));
  }

  test.each([
    ['Resize', new Resize(8)],
    ['RandomResizedCrop', new RandomResizedCrop(8)],
    ['CropPad', new CropPad(8)],
    ['FlipItem', new FlipItem()],
  ])('is an error that names both, with %s', async (_name, item) => {
    await expect(load(await image(20, 30), await mask(30, 20), item)).rejects.toThrow(
      'The mask has 30×20 pixels, its image 20×30, which must be equal',
    );
    await expect(load(classes(20, 30), await mask(10, 15), item)).rejects.toThrow(
      'has 10×15 pixels, its image 20×30',
    );
  });

  test('says so where EXIF data rotates one of them', async () => {
    await expect(load(await image(20, 30, 6), await mask(20, 30))).rejects.toThrow(
      'The mask has 20×30 pixels, its image 30×20 (rotated according to its EXIF orientation, 6), which must be equal',
    );
    await load(await image(20, 30, 6), await mask(30, 20));
  });

  test('can be resized by the getter', async () => {
    await load(await image(20, 30), new LazyImage(await mask(10, 15), 'mask').resize([20, 30]));
    await load(new LazyImage(await image(40, 60)).resize([20, 30]), await mask(20, 30));
  });
});

eachEngine(() => {
  describe('a batch of masks', () => {
    const [height, width] = fixture.moved.input as [number, number];
    const upright = classes(height, width);
    const rows = Array.from({ length: height }, (_, y) => upright.data.subarray(y * width, (y + 1) * width));
    const upsideDown = { ...upright, data: Uint8Array.from(rows.reverse().flatMap((row) => [...row])) };

    test.each(fixture.moved.cases.map((c) => [c.name, c] as const))(
      "is transformed to fastai's pixels: %s",
      (_name, { options, values }) => {
        const { pad_mode, align_corners: alignCorners, size } = options;
        const shared = {
          size: size as [number, number],
          padMode: (pad_mode ?? 'reflection') as 'zeros',
          alignCorners,
        };
        const tfms = setupAugTfms([
          new Flip({ p: 1, draw: [1, 0], ...shared }),
          new Warp({ p: 1, drawX: [0.2, -0.1], drawY: [0.1, 0.15], ...shared }),
          new Rotate({ p: 1, draw: [20, -8], ...shared }),
          new Zoom({ p: 1, draw: [1.1, 1.05], drawX: [0.2, 0.6], drawY: [0.9, 0.4], ...shared }),
        ]);
        const images = tf.zeros([2, height, width, 3]);
        const [, moved] = new Pipeline(tfms).applySync(
          [images, batchOf(upright, upsideDown)],
          ['image', 'mask'],
          { split: 'train', rng: new Rng(1) },
        ) as [tf.Tensor4D, tf.Tensor3D];
        expect(moved.dtype).toBe('int32');
        expect(moved.shape).toEqual([2, ...size]);
        // A position midway between two pixels may round to either, depending on the last bit of its coordinates.
        const others = moved.dataSync().filter((value, i) => value !== values[i]);
        expect(others.length).toBeLessThanOrEqual(values.length * 0.01);
      },
    );

    test('is transformed like its images', () => {
      const masks = batchOf(upright, upsideDown);
      const images = tf.tile(tf.expandDims(tf.div(masks, 255), 3), [1, 1, 1, 3]) as tf.Tensor4D;
      const nearest = { mode: 'nearest', maxLighting: 0 } as const;
      for (const tfms of [
        augTransforms({ ...nearest, size: 9 }),
        augTransforms({ ...nearest, flipVert: true, padMode: 'zeros' }),
        [new RandomResizedCropGPU(8, { mode: 'nearest' })],
      ]) {
        const [x, y] = new Pipeline(tfms).applySync([images, masks], ['image', 'mask'], {
          split: 'train',
          rng: new Rng(3),
        }) as [tf.Tensor4D, tf.Tensor3D];
        const seen = tf.cast(tf.round(tf.mul(tf.slice(x, [0, 0, 0, 0], [-1, -1, -1, 1]), 255)), 'int32');
        expect([...y.dataSync()]).toEqual([...seen.dataSync()]);
      }
    });
  });

  test('images and masks are collated into batches', async () => {
    const pictures = Array.from({ length: 6 }, () => classes(30, 40));
    const dls = await new DataBlock({
      blocks: [ImageBlock(), MaskBlock({ codes: ['sky', 'road', 'car'] })],
      splitter: () => [
        [0, 1, 2],
        [3, 4, 5],
      ],
      itemTfms: new Resize(24),
      batchTfms: augTransforms({ size: 16, minScale: 0.75 }),
    }).dataloaders(pictures, { bs: 3 });
    expect(dls.vocab).toEqual(['sky', 'road', 'car']);
    expect(dls.c).toBe(3);
    const [x, y] = await dls.train.oneBatch();
    expect([x.shape, y.shape, y.dtype]).toEqual([[3, 16, 16, 3], [3, 16, 16], 'int32']);
    const [decoded] = await dls.train.decodeBatch([x, y]);
    expect(decoded![1]).toMatchObject({ width: 16, height: 16, channels: 1 });
    expect([...(decoded![1] as Pixels).data]).toEqual([...(await y.data()).slice(0, 256)]);
    tf.dispose([x, y]);
  });

  test('rejects more codes than a mask can store', () => {
    const codes = Array.from({ length: 257 }, (_, i) => String(i));
    expect(() => MaskBlock({ codes }).typeTfms()).toThrow('codes must have at most 256 names, got 257');
  });

  test('masks of different sizes cannot be collated', () => {
    expect(() => batchOf(classes(3, 4), classes(4, 4))).toThrow(
      'one mask has 3×4 pixels, another 4×4: add an item transform, such as Resize.',
    );
  });
});
