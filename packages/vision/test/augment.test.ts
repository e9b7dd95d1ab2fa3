import { ArgumentError, Pipeline, Rng, type Split, type Transform } from '@fastts/core';
import { expectAllClose } from '@fastts/testing/allClose';
import { eachEngine } from '@fastts/testing/engines';
import * as tf from '@tensorflow/tfjs-core';
import fixture from '../fixtures/augment.json';
import { dihedralMat, flipMat, identity, rotateMat, zoomMat } from '../src/batchTransforms/matrix.js';
import { imagenetStats } from '../src/batchTransforms/normalize.js';
import { warpMat } from '../src/batchTransforms/perspective.js';
import { sampleGeometry } from '../src/batchTransforms/sampleGeometry.js';
import {
  AffineCoordTfm,
  augTransforms,
  Brightness,
  Contrast,
  Dihedral,
  Flip,
  LightingTfm,
  Normalize,
  RandomResizedCropGPU,
  Rotate,
  setupAugTfms,
  Warp,
  Zoom,
} from '../src/index.js';
import { hashImages } from './hashFill.js';

function apply(tfms: Transform[], images: tf.Tensor4D, split: Split = 'train', seed = 1): tf.Tensor4D {
  const [result] = new Pipeline(tfms).applySync([images], ['image'], { split, rng: new Rng(seed) });
  return result as tf.Tensor4D;
}

describe('matrices agree with fastai', () => {
  const { flip, dihedral, rotate, zoom, warp } = fixture.matrices;

  test.each([
    ['flip', flip.draws.map(flipMat), flip.matrices],
    ['dihedral', dihedral.draws.map(dihedralMat), dihedral.matrices],
    ['rotate', rotate.draws.map(rotateMat), rotate.matrices],
    ['zoom', zoom.draws.map(([z, x, y]) => zoomMat(z!, x!, y!)), zoom.matrices],
  ])('%s', (_name, matrices, expected) => {
    expectAllClose(matrices.flat(), expected, { atol: 1e-6 });
  });

  test('the coefficients of a warp', () => {
    const coefficients = warp.draws.flatMap(([x, y]) => warpMat(x!, y!).slice(0, 8));
    expectAllClose(coefficients, warp.coefficients, { atol: 1e-6 });
  });
});

eachEngine(() => {
  describe('geometry', () => {
    test.each(fixture.geometry.map((c) => [c.name, c] as const))(
      "flip, warp, rotate and zoom combined have fastai's pixels: %s",
      (_name, { input, output, options, values }) => {
        const shared = {
          size: options.size as number | [number, number] | undefined,
          padMode: options.pad_mode as 'zeros' | undefined,
          mode: options.mode as 'nearest' | undefined,
          alignCorners: options.align_corners,
        };
        const tfms = setupAugTfms([
          new Flip({ p: 1, draw: [1, 0], ...shared }),
          new Warp({ p: 1, drawX: [0.2, -0.1], drawY: [0.1, 0.15], ...shared }),
          new Rotate({ p: 1, draw: [20, -8], ...shared }),
          new Zoom({ p: 1, draw: [1.1, 1.05], drawX: [0.2, 0.6], drawY: [0.9, 0.4], ...shared }),
        ]);
        expect(tfms).toHaveLength(1);
        const result = apply(tfms, hashImages(7, 2, input[0]!, input[1]!));
        expect(result.shape).toEqual([2, ...output, 3]);
        expectAllClose(result, values, { atol: 2e-5 });
      },
    );

    test("a crop has fastai's pixels", () => {
      const { input, box, train, valid } = fixture.crop;
      const images = hashImages(3, 2, input[0]!, input[1]!);
      const cropped = sampleGeometry(images, {
        matrices: [identity, identity],
        crop: box,
        size: [8, 8],
        mode: 'bilinear',
        padMode: 'reflection',
        alignCorners: true,
      });
      expectAllClose(cropped, train, { atol: 1e-5 });
      const center = apply([new RandomResizedCropGPU(8, { minScale: 0.5, ratio: [1, 1] })], images, 'valid');
      expectAllClose(center, valid, { atol: 1e-5 });
    });

    test('a crop and other transforms are fused into one sampling, with the same result as two', () => {
      const smooth = tf.tidy(() => {
        const x = tf.linspace(0, 1, 64);
        const stripes = tf.mul(x.reshape([1, 1, 64, 1]), x.reshape([1, 64, 1, 1]));
        return tf.tile(stripes, [2, 1, 1, 3]) as tf.Tensor4D;
      });
      const rotate = new Rotate({ p: 1, draw: [15, -20] });
      const crop = () => new RandomResizedCropGPU(40, { minScale: 0.75, ratio: [1, 1] });
      const composed = setupAugTfms([rotate, crop()]);
      expect(composed).toHaveLength(1);
      const once = apply(composed, smooth);
      const twice = apply([crop()], apply([rotate], smooth));
      expectAllClose(once, twice, { atol: 0.01 });
    });

    test('the eight dihedrals are the symmetries of a square', () => {
      const images = tf.tile(hashImages(4, 1, 5, 5), [8, 1, 1, 1]);
      const result = apply([new Dihedral({ p: 1, draw: [0, 1, 2, 3, 4, 5, 6, 7] })], images);
      const [first, ...others] = tf.unstack(result);
      expectAllClose(first!, tf.unstack(images)[0]!, { atol: 1e-6 });
      const flipped = tf.reverse(first!, 1);
      expectAllClose(others[0]!, flipped, { atol: 1e-6 });
      const sums = [first!, ...others].map((image) => image.slice([0, 0, 0], [1, 2, 3]).dataSync().join());
      expect(new Set(sums).size).toBe(8);
    });

    test('each image has its own draw, unless batch is set', () => {
      const images = tf.tile(hashImages(4, 1, 8, 8), [16, 1, 1, 1]);
      const kinds = (tfm: Transform, seed: number) =>
        new Set(tf.unstack(apply([tfm], images, 'train', seed)).map((image) => image.dataSync().join())).size;
      expect(kinds(new Flip(), 1)).toBe(2);
      expect(kinds(new Flip({ batch: true }), 1)).toBe(1);
      expect(kinds(new Rotate({ p: 1 }), 1)).toBe(16);
      expect(kinds(new Rotate({ p: 1, batch: true }), 1)).toBe(1);
    });

    test('too few fixed draws are an error', () => {
      const tfm = new Flip({ p: 1, draw: [1] });
      expect(() => apply([tfm], hashImages(1, 2, 4, 4))).toThrow(ArgumentError);
    });

    test('a draw that is not a dihedral is an error', () => {
      const tfm = new Dihedral({ p: 1, draw: 8 });
      expect(() => apply([tfm], hashImages(1, 2, 4, 4))).toThrow('k must be an integer from 0 to 7, got 8.');
    });
  });

  describe('lighting', () => {
    const images = () => hashImages(11, 2, 4, 5);
    const { brightness, contrast, both } = fixture.lighting;

    test.each([
      ['brightness', [new Brightness({ p: 1, draw: brightness.draws })], brightness.values],
      ['contrast', [new Contrast({ p: 1, draw: contrast.draws })], contrast.values],
      [
        'both combined',
        setupAugTfms([
          new Brightness({ p: 1, draw: brightness.draws }),
          new Contrast({ p: 1, draw: contrast.draws }),
        ]),
        both,
      ],
    ])("%s has fastai's pixels", (_name, tfms, expected) => {
      expect(tfms).toHaveLength(1);
      expectAllClose(apply(tfms, images()), expected, { atol: 1e-5 });
    });

    test('black and white pixels stay finite', () => {
      const result = apply([new Contrast({ p: 1, draw: 1.3 })], tf.tensor4d([0, 1, 0.5], [1, 1, 1, 3]));
      expectAllClose(result, [0, 1, 0.5], { atol: 1e-5 });
    });
  });

  describe('augTransforms', () => {
    const size = (tfms: Transform[], split: Split, side = 30) =>
      apply(tfms, hashImages(5, 2, side, side), split).shape;

    test('is one transform for geometry and one for lighting, in this order', () => {
      const tfms = augTransforms({ size: 8, minScale: 0.75, xtraTfms: [Normalize.fromStats(imagenetStats)] });
      expect(tfms.map((t) => t.constructor)).toEqual([AffineCoordTfm, LightingTfm, Normalize]);
    });

    test("in validation only resizes, with fastai's pixels", () => {
      const { input, values } = fixture.resized;
      const images = hashImages(5, 2, input[0]!, input[1]!);
      expectAllClose(apply(augTransforms({ size: 6 }), images, 'valid'), values, { atol: 1e-5 });
      expect(apply(augTransforms(), images, 'valid')).toBe(images);
    });

    test('returns the given size in both splits', () => {
      for (const split of ['train', 'valid'] as const) {
        expect(size(augTransforms({ size: 8, minScale: 0.75 }), split)).toEqual([2, 8, 8, 3]);
        expect(size(augTransforms({ size: [8, 10] }), split)).toEqual([2, 8, 10, 3]);
        expect(size(augTransforms(), split)).toEqual([2, 30, 30, 3]);
      }
      const still = { doFlip: false, mult: 0, maxZoom: 1 };
      expect(size(augTransforms({ ...still, size: 8 }), 'train')).toEqual([2, 8, 8, 3]);
    });

    test('keeps values between 0 and 1, and is repeatable by the seed', () => {
      const images = hashImages(5, 4, 20, 20);
      const run = (seed: number) =>
        apply(augTransforms({ size: 12, flipVert: true }), images, 'train', seed).dataSync();
      expect(Math.min(...run(1))).toBeGreaterThanOrEqual(0);
      expect(Math.max(...run(1))).toBeLessThanOrEqual(1);
      expect(run(1)).toEqual(run(1));
      expect(run(2)).not.toEqual(run(1));
    });

    test('requires a size for cropping', () => {
      expect(() => augTransforms({ minScale: 0.5 })).toThrow('pass `size`');
    });

    test('leaks no tensor', () => {
      const images = hashImages(5, 2, 20, 20);
      const before = tf.memory().numTensors;
      tf.tidy(() => void apply(augTransforms({ size: 8, minScale: 0.75 }), images));
      expect(tf.memory().numTensors).toBe(before);
    });
  });

  describe('Normalize', () => {
    const { input, imagenet, mean, std, batch } = fixture.normalize;
    const pictures = () => hashImages(13, 3, input[0]!, input[1]!);

    test("by known statistics has fastai's values, and is inverted by decodes", () => {
      const normalize = Normalize.fromStats(imagenetStats);
      const normal = apply([normalize], pictures());
      expectAllClose(normal, imagenet, { atol: 1e-5 });
      expectAllClose(normalize.decodes(normal), pictures(), { atol: 1e-5 });
    });

    test("by a batch's statistics has fastai's values", async () => {
      const normalize = await Normalize.fromBatch(pictures());
      expectAllClose(normalize.stats!.mean, mean, { atol: 1e-5 });
      expectAllClose(normalize.stats!.std, std, { atol: 1e-5 });
      expectAllClose(apply([normalize], pictures()), batch, { atol: 1e-4 });
    });

    test('without statistics uses those of the first batch', async () => {
      const normalize = new Normalize();
      expect(() => apply([normalize], pictures())).toThrow('fromStats');
      await normalize.setups({
        values: () => [],
        oneBatch: async () => ({ tensors: [pictures()], kinds: ['image'] }),
      });
      expectAllClose(normalize.stats!.std, std, { atol: 1e-5 });
    });

    test('rejects statistics for another number of channels', () => {
      const normalize = Normalize.fromStats(imagenetStats);
      expect(() => apply([normalize], hashImages(1, 1, 2, 2, 1))).toThrow('3 channels but the images have 1');
      expect(() => new Normalize({ mean: [0], std: [0] })).toThrow('std must be positive, got [0].');
    });
  });
});
