import { Pipeline, Rng, type Split, type Transform } from '@fastts/core';
import { expectAllClose } from '@fastts/testing/allClose';
import { eachEngine } from '@fastts/testing/engines';
import * as tf from '@tensorflow/tfjs-core';
import fixture from '../fixtures/draws.json';
import { drawMasked } from '../src/batchTransforms/draw.js';
import { LazyImage } from '../src/image/lazyImage.js';
import {
  type AffineCoordTfm,
  Brightness,
  Contrast,
  DeterministicDihedral,
  DeterministicFlip,
  Dihedral,
  deterministicDraw,
  Flip,
  Hue,
  RandomErasing,
  Rotate,
  Saturation,
  Warp,
  Zoom,
} from '../src/index.js';
import { drawCropBox } from '../src/itemTransforms/cropBox.js';
import { Resize } from '../src/itemTransforms/resize.js';
import { hashImages, hashUniform } from './hashFill.js';

/** Returns the numbers that the fixture's script passed to fastai, then random ones. */
class Listed extends Rng {
  private readonly numbers: number[];

  constructor(key: number) {
    super(key);
    this.numbers = [...hashUniform(key, fixture.needed)];
  }

  override next(): number {
    return this.numbers.shift() ?? super.next();
  }
}

function apply(tfm: Transform, images: tf.Tensor4D, rng: Rng, split: Split = 'train'): tf.Tensor4D {
  return new Pipeline([tfm]).applySync([images], ['image'], { split, rng })[0] as tf.Tensor4D;
}

describe('for the same random numbers, the draws agree with fastai', () => {
  test.each([
    ['flip', new Flip({ batch: true })],
    ['dihedral', new Dihedral({ batch: true })],
    ['rotate', new Rotate({ batch: true, p: 0.75, maxDeg: 30 })],
    ['zoom', new Zoom({ batch: true, p: 0.75, maxZoom: 1.5 })],
    ['warp', new Warp({ batch: true })],
  ] as const)('%s', (name, { moves }: AffineCoordTfm) => {
    const [draw] = [...(moves.affine ?? []), ...(moves.coord ?? [])];
    const { key, results } = fixture[name];
    for (const [i, expected] of results.entries()) {
      const [first, second] = draw!(2, new Listed(key + i));
      expect(first).toEqual(second);
      expectAllClose(first!.slice(0, expected.length), expected, { atol: 2e-6 });
    }
  });

  eachEngine(() => {
    test.each([
      ['brightness', (options) => new Brightness(options)],
      ['contrast', (options) => new Contrast({ maxLighting: 0.4, ...options })],
      ['saturation', (options) => new Saturation(options)],
      ['hue', (options) => new Hue(options)],
    ] as [
      'brightness' | 'contrast' | 'saturation' | 'hue',
      (options: { batch?: boolean; p?: number; draw?: number }) => Transform,
    ][])('%s', (name, make) => {
      const images = hashImages(1, 2, 3, 3);
      const { key, results } = fixture[name];
      for (const [i, expected] of results.entries()) {
        const drawn = apply(make({ batch: true }), images, new Listed(key + i));
        const given = apply(make({ p: 1, draw: expected }), images, new Rng(1));
        expectAllClose(drawn, given, { atol: 1e-5 });
      }
    });

    test.each([
      ['erasing', new RandomErasing({ p: 1 }), [20, 30]],
      [
        'erasingSeveral',
        new RandomErasing({ p: 1, sl: 0.2, sh: 0.9, minAspect: 0.1, maxCount: 3 }),
        [16, 16],
      ],
    ] as const)('%s', (name, tfm, [height, width]) => {
      const { key, results } = fixture[name];
      for (const [i, areas] of results.entries()) {
        const erased = apply(tfm, tf.zeros([1, height, width, 1]), new Listed(key + i));
        const expected = Array.from({ length: height * width }, (_, at) => {
          const [row, column] = [Math.floor(at / width), at % width];
          return areas.some(([rl, rh, cl, ch]) => row >= rl! && row < rh! && column >= cl! && column < ch!);
        });
        expect([...erased.dataSync()].map((value) => value !== 0)).toEqual(expected);
      }
    });
  });

  test('the crops of RandomResizedCrop', () => {
    const { randomResizedCrop, tightResizedCrop } = fixture;
    for (const [i, expected] of randomResizedCrop.results.entries()) {
      const box = drawCropBox(48, 60, { minScale: 0.2 }, new Listed(randomResizedCrop.key + i));
      expect(box).toEqual(expected);
    }
    for (const [i, expected] of tightResizedCrop.results.entries()) {
      const range = { minScale: 0.9, ratio: [1.2, 1.4] } as const;
      expect(drawCropBox(40, 52, range, new Listed(tightResizedCrop.key + i))).toEqual(expected);
    }
  });

  test('the position of Resize', async () => {
    const blank = { data: new Uint8Array(1000 * 1000), height: 1000, width: 1000, channels: 1 } as const;
    const { key, results } = fixture.resize;
    for (const [i, [x, y]] of results.entries()) {
      const context = { split: 'train', rng: new Listed(key + i) } as const;
      const places = async (size: [number, number]) => {
        const values = [new LazyImage(blank), Float32Array.of(-1, -1)];
        const [, point] = await new Pipeline([new Resize(size)]).apply(values, ['image', 'point'], context);
        return point as Float32Array;
      };
      // 1000 × 500 of 1000 × 1000 pixels are kept, from `x · 500` on.
      const [left] = await places([2, 1]);
      expect(((-left! - 1) / 2) * 500).toBeCloseTo(Math.trunc(x! * 500), 2);
      expect(y).toBeLessThan(1);
    }
  });
});

describe('drawMasked', () => {
  const share = (values: number[]) => values.filter((value) => value !== 7).length / values.length;

  test('changes each item with probability p', () => {
    for (const p of [0, 0.25, 0.75, 1]) {
      const values = drawMasked(4000, new Rng(1), (r) => r.uniform(0, 1), { p, neutral: 7 });
      expect(Math.abs(share(values) - p)).toBeLessThan(0.03);
    }
  });

  test('changes a whole batch with probability p', () => {
    const rng = new Rng(2);
    const batches = Array.from({ length: 1000 }, () =>
      drawMasked(4, rng, (r) => r.uniform(0, 1), { p: 0.25, batch: true, neutral: 7 }),
    );
    for (const values of batches) expect(new Set(values).size).toBe(1);
    expect(Math.abs(share(batches.map(([first]) => first!)) - 0.25)).toBeLessThan(0.05);
  });

  test('accepts one fixed value, a list, or a function', () => {
    const values = (draw: Parameters<typeof drawMasked>[3]) => drawMasked(2, new Rng(1), () => 0, draw);
    expect(values({ draw: 3 })).toEqual([3, 3]);
    expect(values({ draw: [1, 2, 3] })).toEqual([1, 2]);
    expect(values({ draw: (n) => new Array(n).fill(n) })).toEqual([2, 2]);
    const inTurn = deterministicDraw([4, 5]);
    expect([1, 2, 3].map(() => values({ draw: inTurn }))).toEqual([
      [4, 4],
      [5, 5],
      [4, 4],
    ]);
  });
});

eachEngine(() => {
  test('deterministic transforms cycle through their values', () => {
    const image = hashImages(4, 1, 5, 5);
    const run = (tfm: Transform, count: number) =>
      Array.from({ length: count }, () => apply(tfm, image, new Rng(1)).dataSync().join());
    const [plain, flipped, again] = run(new DeterministicFlip(), 3);
    expect([plain, again]).toEqual([image.dataSync().join(), plain]);
    expect(flipped).toBe(tf.reverse(image, 2).dataSync().join());
    const dihedrals = run(new DeterministicDihedral(), 9);
    expect(new Set(dihedrals).size).toBe(8);
    expect(dihedrals[8]).toBe(dihedrals[0]);
  });
});
