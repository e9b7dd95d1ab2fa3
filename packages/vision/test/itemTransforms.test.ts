import { Pipeline, type Pixels, Rng, type Split, type Transform } from '@fastts/core';
import { LabelError } from '@fastts/data';
import { expectAllClose } from '@fastts/testing/allClose';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import fixture from '../fixtures/items.json';
import {
  CropPad,
  DihedralItem,
  FlipItem,
  LazyImage,
  OldRandomCrop,
  PointScaler,
  RandomCrop,
  RandomResizedCrop,
  RatioResize,
  Resize,
  toPixels,
} from '../src/index.js';
import { ToCoordinates } from '../src/itemTransforms/toCoordinates.js';
import { hashUniform } from './hashFill.js';

const [height, width] = fixture.input as [number, number];
const picture: Pixels = {
  data: Uint8Array.from(hashUniform(21, height * width * 3), (u) => 256 * u),
  width,
  height,
  channels: 3,
};

interface Item {
  image: Pixels;
  mask: Pixels;
  points: Float32Array;
  boxes: Float32Array;
}

/** An image, its red channel as a mask, its points and boxes, after transforms. */
async function through(tfms: Transform[], split: Split = 'valid', seed = 1): Promise<Item> {
  const red: Pixels = { data: picture.data.filter((_, i) => i % 3 === 0), width, height, channels: 1 };
  const values = [
    new LazyImage(picture),
    new LazyImage(red, 'mask'),
    new ToCoordinates('point', 2).encodes(fixture.points),
    new ToCoordinates('bbox', 4).encodes(fixture.boxes),
  ];
  const kinds = ['image', 'mask', 'point', 'bbox'];
  const context = { split, rng: new Rng(seed) };
  const [image, mask, points, boxes] = await new Pipeline([new PointScaler(), ...tfms]).apply(
    values,
    kinds,
    context,
  );
  return {
    image: await (image as LazyImage).compute(),
    mask: await (mask as LazyImage).compute(),
    points: points as Float32Array,
    boxes: boxes as Float32Array,
  };
}

function red({ data, channels }: Pixels): number[] {
  return [...data].filter((_, i) => i % channels === 0);
}

interface Expected {
  output: number[];
  image: number[];
  points: number[];
  boxes: number[];
}

function expectItem({ image, mask, points, boxes }: Item, expected: Expected): void {
  expect([image.height, image.width]).toEqual(expected.output);
  expect([...image.data]).toEqual(expected.image);
  expect([...mask.data]).toEqual(red(image));
  expectAllClose(points, expected.points, { atol: 1e-5 });
  expectAllClose(boxes, expected.boxes, { atol: 1e-5 });
}

describe('PointScaler', () => {
  const { points, boxes, yFirst } = fixture.scaled;

  test("has fastai's coordinates, and is inverted by decodes", async () => {
    const item = await through([]);
    expectAllClose(item.points, points, { atol: 1e-6 });
    expectAllClose(item.boxes, boxes, { atol: 1e-6 });
    const pairs = fixture.points.map((_, i) => [...item.points.subarray(2 * i, 2 * i + 2)]);
    expectAllClose(toPixels(pairs, [height, width]).flat(), fixture.points.flat(), { atol: 1e-5 });
  });

  test('accepts y before x, and scaled coordinates', async () => {
    const scale = async (scaler: PointScaler) => {
      const values = [new LazyImage(picture), Float32Array.from(fixture.points.flat())];
      const [, scaled] = await new Pipeline([scaler]).apply(values, ['image', 'point'], {
        split: 'train',
        rng: new Rng(1),
      });
      return scaled as Float32Array;
    };
    expectAllClose(await scale(new PointScaler({ yFirst: true })), yFirst, { atol: 1e-5 });
    expect([...(await scale(new PointScaler({ doScale: false })))]).toEqual(fixture.points.flat());
  });

  test('uses pixels of the image after rotation by its EXIF orientation', async () => {
    const file = await sharp(picture.data, { raw: { width, height, channels: 3 } })
      .png()
      .withMetadata({ orientation: 6 })
      .toBuffer();
    expect(await new LazyImage(file).size()).toEqual([width, height]);
  });

  test('accepts points as lists or as typed arrays', () => {
    const points = new ToCoordinates('point', 2);
    const wanted = Float32Array.of(1, 2, 3, 4);
    for (const given of [
      [
        [1, 2],
        [3, 4],
      ],
      [1, 2, 3, 4],
      Int16Array.of(1, 2, 3, 4),
    ]) {
      expect(points.encodes(given)).toEqual(wanted);
    }
    expect(points.encodes([Float32Array.of(1, 2), [3, 4]])).toEqual(wanted);
  });

  test('rejects anything but a list of points', () => {
    const points = new ToCoordinates('point', 2);
    for (const wrong of [[[1, 2, 3]], [1, 2, 3], [[1, Number.NaN]], undefined]) {
      expect(() => points.encodes(wrong as number[])).toThrow(LabelError);
    }
    expect(() => points.encodes([[1, 2, 3]])).toThrow('Points must be a list of [x, y], got [[1, 2, 3]].');
    // A missing coordinate is not 0.
    for (const missing of [null, undefined, '', '1', true, 1n, []]) {
      // @ts-expect-error: a coordinate is a number
      expect(() => points.encodes([[1, missing]])).toThrow(LabelError);
      // @ts-expect-error: as above
      expect(() => points.encodes([missing, 1])).toThrow(/^Points must be a list of \[x, y\], got \[/);
    }
    // @ts-expect-error: a point is a list of two numbers
    expect(() => points.encodes({ x: 1, y: 2 })).toThrow(LabelError);
    const tensor = tf.tensor2d([[1, 2]]);
    // @ts-expect-error: as above
    expect(() => points.encodes(tensor)).toThrow('got a tensor: return its array().');
    tensor.dispose();
  });
});

describe('CropPad', () => {
  test.each(fixture.cropPad.map((c) => [`${c.size.join(' × ')}, ${c.padMode}`, c] as const))(
    'crops and pads like fastai: %s',
    async (_name, { size, padMode, ...expected }) => {
      const tfm = new CropPad(size as [number, number], { padMode: padMode as 'zeros' });
      for (const split of ['train', 'valid'] as const) expectItem(await through([tfm], split), expected);
    },
  );
});

describe('RandomCrop', () => {
  const { smaller, larger } = fixture.randomCrop;

  test.each([
    ['smaller', smaller],
    ['larger', larger],
  ])("of %s size has the same positions as fastai's", async (_name, { size, lefts, tops, valid }) => {
    const tfm = new RandomCrop(size as [number, number]);
    expectItem(await through([tfm], 'valid'), valid);
    const seen = await Promise.all(Array.from({ length: 40 }, (_, seed) => through([tfm], 'train', seed)));
    // The point (0, 0) shows where the crop starts.
    const starts = (axis: 0 | 1) => {
      const side = size[1 - axis]!;
      const all = seen.map(({ points }) => Math.round((-(points[axis]! + 1) * side) / 2));
      return [...new Set(all)].sort((a, b) => a - b).map((start) => start + 0);
    };
    expect(starts(0)).toEqual(lefts);
    expect(starts(1)).toEqual(tops);
    for (const { image, mask } of seen) expect([...mask.data]).toEqual(red(image));
  });

  test('OldRandomCrop is random only along axes that it crops', async () => {
    const tfm = new OldRandomCrop([smaller.size[0]!, larger.size[1]!]);
    const seen = await Promise.all(Array.from({ length: 30 }, (_, seed) => through([tfm], 'train', seed)));
    expect(new Set(seen.map(({ points }) => points[0]!.toFixed(4))).size).toBe(1);
    expect(new Set(seen.map(({ points }) => points[1]!.toFixed(4))).size).toBe(smaller.tops.length);
  });
});

describe('FlipItem and DihedralItem', () => {
  test("have fastai's eight symmetries of an image, its mask, points and boxes", async () => {
    const seen = new Set<number>();
    for (let seed = 0; seen.size < 8; seed++) {
      const item = await through([new DihedralItem()], 'train', seed);
      const expected = fixture.dihedral.find(({ image }) => image.join() === [...item.image.data].join())!;
      expectItem(item, expected);
      seen.add(expected.k);
    }
    expectItem(await through([new FlipItem({ p: 1 })], 'train'), fixture.dihedral[1]!);
  });

  test('change images with probability p, in training only', async () => {
    const changed = async (tfm: Transform, split: Split) => {
      const items = await Promise.all(Array.from({ length: 200 }, (_, seed) => through([tfm], split, seed)));
      const { points } = await through([]);
      return items.filter((item) => item.points.join() !== points.join()).length / 200;
    };
    expect(Math.abs((await changed(new FlipItem(), 'train')) - 0.5)).toBeLessThan(0.1);
    expect(Math.abs((await changed(new FlipItem({ p: 0.2 }), 'train')) - 0.2)).toBeLessThan(0.1);
    expect(Math.abs((await changed(new DihedralItem(), 'train')) - 7 / 8)).toBeLessThan(0.1);
    expect(Math.abs((await changed(new DihedralItem({ p: 0.5 }), 'train')) - 7 / 16)).toBeLessThan(0.1);
    expect(await changed(new FlipItem({ p: 1 }), 'valid')).toBe(0);
  });

  test('run before a resize, in whatever order they are given', async () => {
    const { image, mask, points } = await through(
      [new Resize([4, 8], { method: 'squish' }), new DihedralItem()],
      'train',
      3,
    );
    expect([image.height, image.width, mask.height, mask.width]).toEqual([4, 8, 4, 8]);
    expect(Math.max(...points.map(Math.abs))).toBeCloseTo(1, 5);
  });
});

describe('RatioResize', () => {
  test.each(fixture.ratioResize.map(({ input, output }) => [input, output] as const))(
    "resizes %p to fastai's %p",
    async ([height, width], [outHeight, outWidth]) => {
      const blank: Pixels = {
        data: new Uint8Array(height! * width!),
        height: height!,
        width: width!,
        channels: 1,
      };
      const tfm = new RatioResize(24);
      const [framed] = await new Pipeline([tfm]).apply([new LazyImage(blank)], ['image'], {
        split: 'train',
        rng: new Rng(1),
      });
      const result = await (framed as LazyImage).compute();
      expect([result.height, result.width]).toEqual([outHeight, outWidth]);
    },
  );

  test('rejects an invalid size', () => {
    expect(() => new RatioResize(0)).toThrow('maxSz');
  });
});

test.each(fixture.resized.map((c) => [c.name, c] as const))(
  'points and boxes agree with fastai: %s',
  async (name, expected) => {
    const tfms: Record<string, Transform> = {
      crop: new Resize(6),
      pad: new Resize(6, { method: 'pad' }),
      squish: new Resize([6, 4], { method: 'squish' }),
    };
    const { points, boxes } = await through([tfms[name]!]);
    expectAllClose(points, expected.points, { atol: 1e-5 });
    expectAllClose(boxes, expected.boxes, { atol: 1e-5 });
  },
);

test('points agree with the center that RandomResizedCrop keeps in validation', async () => {
  // 16 of 24 pixels are kept, so distances from the center grow by 24 / 16.
  const { points } = await through([new RandomResizedCrop(16)]);
  const expected = fixture.scaled.points.map((place) => place * 1.5);
  expectAllClose(points, expected, { atol: 1e-5 });
});

test('a draw changes all parts of an item alike', async () => {
  for (const tfm of [
    new Resize(24),
    new RandomResizedCrop(24, { minScale: 0.5 }),
    new Resize(24, { method: 'pad' }),
  ]) {
    const [a, b] = [await through([tfm], 'train', 5), await through([tfm], 'train', 6)];
    expect([...a.points]).not.toEqual([...b.points]);
    // A box's corners are transformed like points.
    const corners = new ToCoordinates('point', 2).encodes(fixture.boxes.flat());
    const values = [new LazyImage(picture), corners];
    const pipeline = new Pipeline([new PointScaler(), tfm]);
    const [, moved] = await pipeline.apply(values, ['image', 'point'], { split: 'train', rng: new Rng(5) });
    expectAllClose(a.boxes, moved as Float32Array, { atol: 1e-6 });
  }
});
