import { Pipeline, type Pixels, Rng, setQuiet, type Transform } from '@fastts/core';
import { CollateError, DataBlock } from '@fastts/data';
import { expectAllClose, maxDifference } from '@fastts/testing/allClose';
import { eachEngine } from '@fastts/testing/engines';
import * as tf from '@tensorflow/tfjs-core';
import fixture from '../fixtures/points.json';
import {
  augTransforms,
  Dihedral,
  Flip,
  ImageBlock,
  PointBlock,
  RandomResizedCropGPU,
  Resize,
  Rotate,
  setupAugTfms,
  toPixels,
  Warp,
  Zoom,
} from '../src/index.js';

beforeAll(() => setQuiet(true));
afterAll(() => setQuiet(false));

const moves: Record<string, () => Transform[]> = {
  flip: () => [new Flip({ p: 1, draw: [1, 0] })],
  warp: () => [new Warp({ p: 1, drawX: [0.2, -0.1], drawY: [0.1, 0.15] })],
  rotate: () => [new Rotate({ p: 1, draw: [20, -8] })],
  zoom: () => [new Zoom({ p: 1, draw: [1.1, 1.05], drawX: [0.2, 0.6], drawY: [0.9, 0.4] })],
  dihedral: () => [new Dihedral({ p: 1, draw: [3, 6] })],
  all: () => ['flip', 'warp', 'rotate', 'zoom'].flatMap((name) => moves[name]!()),
};

/** A black image with a white dot of 5 × 5 pixels around each point. */
function dotted(height: number, width: number, points: readonly (readonly number[])[]): Pixels {
  const data = new Uint8Array(height * width * 3);
  for (const [x, y] of points) {
    for (let i = 0; i < 25; i++) {
      const [column, row] = [Math.floor(x! - 2 + (i % 5)), Math.floor(y! - 2 + Math.floor(i / 5))];
      data.fill(255, 3 * (row * width + column), 3 * (row * width + column) + 3);
    }
  }
  return { data, width, height, channels: 3 };
}

/** The center of the white pixels on each image of a batch, from −1 to 1. */
function brightest(images: tf.Tensor4D): [number, number][] {
  const [, height, width] = images.shape;
  return tf.unstack(images).map((image) => {
    const gray = tf.mean(image, 2).arraySync() as number[][];
    const [sum, x, y] = gray
      .flatMap((row, i) => row.map((v, j) => [v, v * j, v * i]))
      .reduce((a, b) => a.map((value, k) => value + b[k]!), [0, 0, 0]) as [number, number, number];
    return [(2 * (x / sum + 0.5)) / width - 1, (2 * (y / sum + 0.5)) / height - 1];
  });
}

eachEngine(() => {
  test.each(fixture.cases.map((c) => [c.name, c] as const))(
    "a batch's points and boxes agree with fastai: %s",
    (name, { before, points, boxes }) => {
      const values = [
        tf.zeros([2, ...fixture.input, 3]),
        tf.tensor3d(before.points, [2, 5, 2]),
        tf.tensor3d(before.boxes, [2, 3, 4]),
      ];
      const [, movedPoints, movedBoxes] = new Pipeline(setupAugTfms(moves[name]!())).applySync(
        values,
        ['image', 'point', 'bbox'],
        { split: 'train', rng: new Rng(1) },
      ) as tf.Tensor[];
      expect(movedPoints!.shape).toEqual([2, 5, 2]);
      expect(movedBoxes!.shape).toEqual([2, 3, 4]);
      expectAllClose(movedPoints!, points, { atol: 1e-4 });
      expectAllClose(movedBoxes!, boxes, { atol: 1e-4 });
    },
  );

  test('points stay at the same part of the image through item and batch transforms', async () => {
    const points = Array.from({ length: 8 }, (_, i) => [24.5 + 3 * i, 40.5 - 2 * i]);
    const items = points.map((point) => ({ picture: dotted(60, 80, [point]), points: [point] }));
    for (const batchTfms of [
      augTransforms({ size: 48, minScale: 0.75, flipVert: true, padMode: 'zeros' }),
      augTransforms({ maxRotate: 40, padMode: 'zeros' }),
      [new RandomResizedCropGPU([40, 56], { minScale: 0.8 })],
    ]) {
      const dls = await new DataBlock({
        blocks: [ImageBlock(), PointBlock()],
        getX: ({ picture }) => picture,
        getY: ({ points }) => points,
        splitter: () => [[...points.keys()], [0]],
        itemTfms: new Resize(50),
        batchTfms,
      }).dataloaders(items, { bs: 8 });
      expect(dls.c).toBe(2);
      const [x, y] = await dls.train.oneBatch();
      expect(y.shape).toEqual([8, 1, 2]);
      const [seen, marked] = [brightest(x), y.arraySync().map(([point]) => point!)];
      const inside = marked.map(([u, v]) => Math.max(Math.abs(u!), Math.abs(v!)) < 0.85);
      expect(inside.filter(Boolean).length).toBeGreaterThan(3);
      const off = seen.map((place, i) => (inside[i] ? maxDifference(place, marked[i]!) : 0));
      // A pixel of 48 is 0.04 wide.
      expect(Math.max(...off)).toBeLessThan(0.05);
      tf.dispose([x, y]);
    }
  });

  test('no tensor is leaked, and items without boxes are supported', () => {
    const images = tf.zeros([1, 8, 8, 3]);
    const none = tf.zeros<tf.Rank.R3>([1, 0, 4]);
    const points = tf.zeros<tf.Rank.R3>([1, 2, 2]);
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const tfms = new Pipeline(augTransforms({ size: 6, minScale: 0.5 }));
      const kinds = ['image', 'bbox', 'point'];
      const [, boxes] = tfms.applySync([images, none, points], kinds, { split: 'train', rng: new Rng(1) });
      expect((boxes as tf.Tensor).shape).toEqual([1, 0, 4]);
    });
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('PointBlock', () => {
  const load = async (points: readonly (readonly number[])[][]) => {
    const block = new DataBlock({
      blocks: [ImageBlock(), PointBlock()],
      getX: () => dotted(20, 40, []),
      getY: (i: number) => points[i],
      splitter: () => [[...points.keys()], [...points.keys()]],
    });
    return block.dataloaders([...points.keys()], { bs: points.length });
  };

  test('shows points over their images, and converts back to pixels', async () => {
    const dls = await load([
      [
        [10, 5],
        [30, 15],
      ],
      [
        [0, 0],
        [20, 10],
      ],
    ]);
    expect(dls.c).toBe(4);
    const batch = await dls.valid.oneBatch();
    const items = await dls.valid.decodeBatch(batch);
    expect(toPixels(items[0]![1] as number[][], [20, 40])).toEqual([
      [10, 5],
      [30, 15],
    ]);
    const svg = (await dls.valid.showBatch({ batch })).svg();
    expect(svg.match(/<circle/g)).toHaveLength(4);
    tf.dispose(batch);
  });

  test('images with different numbers of points cannot be collated', async () => {
    const dls = await load([
      [[1, 2]],
      [
        [1, 2],
        [3, 4],
      ],
    ]);
    await expect(dls.valid.oneBatch()).rejects.toThrow(CollateError);
    await expect(dls.valid.oneBatch()).rejects.toThrow(
      /one image has 1 points, another 2: give each the same number, in the same order\.$/,
    );
  });
});
