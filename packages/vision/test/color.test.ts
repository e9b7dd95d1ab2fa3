import { ArgumentError, Pipeline, Rng, ShapeError, type Split, setQuiet, type Transform } from '@fastts/core';
import { expectAllClose, maxDifference } from '@fastts/testing/allClose';
import { eachEngine } from '@fastts/testing/engines';
import * as tf from '@tensorflow/tfjs-core';
import fixture from '../fixtures/color.json';
import {
  augTransforms,
  Brightness,
  Contrast,
  cutoutGaussian,
  grayscale,
  Hue,
  hsv2rgb,
  RandomErasing,
  rgb2hsv,
  Saturation,
  setupAugTfms,
} from '../src/index.js';

beforeAll(() => setQuiet(true));
afterAll(() => setQuiet(false));

function apply(tfms: Transform[], images: tf.Tensor4D, split: Split = 'train', seed = 1): tf.Tensor4D {
  const context = { split, rng: new Rng(seed) };
  return new Pipeline(tfms).applySync([images], ['image'], context)[0] as tf.Tensor4D;
}

eachEngine(() => {
  const pictures = () =>
    tf.tensor4d(fixture.pictures, [2, ...fixture.input, 3] as [number, number, number, number]);

  test('gray, hue, saturation and value agree with fastai', () => {
    expectAllClose(grayscale(pictures()), fixture.gray, { atol: 1e-6 });
    expectAllClose(rgb2hsv(pictures()), fixture.hsv, { atol: 1e-5 });
    expectAllClose(hsv2rgb(rgb2hsv(pictures())), fixture.pictures, { atol: 1e-5 });
  });

  test.each([
    [
      'saturation',
      () => [new Saturation({ p: 1, draw: fixture.saturation.draws })],
      fixture.saturation.values,
    ],
    [
      'extreme brightness',
      () => [new Brightness({ p: 1, draw: fixture.extremes.draws })],
      fixture.extremes.values,
    ],
    ['hue', () => [new Hue({ p: 1, draw: fixture.hue.draws })], fixture.hue.values],
    [
      'saturation with brightness and contrast',
      () =>
        setupAugTfms([
          new Saturation({ p: 1, draw: fixture.saturation.draws }),
          new Brightness({ p: 1, draw: [0.4, 0.6] }),
          new Contrast({ p: 1, draw: [0.8, 1.25] }),
        ]),
      fixture.all,
    ],
  ] as [string, () => Transform[], number[]][])("%s has fastai's pixels", (_name, tfms, expected) => {
    // Values near 1 are rounded to float32 between two passes; fastai fuses more into one.
    const tolerance = tfms().length > 1 ? 2e-4 : 3e-5;
    expectAllClose(apply(tfms(), pictures()), expected, { atol: tolerance });
  });

  test('colors change in training only, and no tensor is leaked', () => {
    const images = pictures();
    const before = tf.memory().numTensors;
    for (const tfm of [new Saturation({ p: 1 }), new Hue({ p: 1 }), new RandomErasing({ p: 1, sl: 0.2 })]) {
      const changed = apply([tfm], images);
      expect(maxDifference(changed.dataSync(), fixture.pictures)).toBeGreaterThan(0.001);
      changed.dispose();
      expect(apply([tfm], images, 'valid')).toBe(images);
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  test('noise replaces a part, drawn separately for each image', () => {
    const images = tf.zeros<tf.Rank.R4>([2, 40, 30, 3]);
    const erased = cutoutGaussian(images, [[5, 35, 0, 25]], new Rng(1));
    const part = tf.slice(erased, [0, 5, 0, 0], [2, 30, 25, 3]);
    const { mean, variance } = tf.moments(part);
    expect(Math.abs(mean.dataSync()[0]!)).toBeLessThan(0.05);
    expect(Math.abs(variance.dataSync()[0]! - 1)).toBeLessThan(0.1);
    expect(tf.sum(tf.notEqual(erased, 0)).dataSync()[0]).toBe(part.size);
    const [first, second] = tf.unstack(part).map((noise) => noise.dataSync());
    expect(maxDifference(first!, second!)).toBeGreaterThan(1);
  });
});

test('RandomErasing changes a batch with probability p, and runs after Normalize', () => {
  const images = tf.zeros<tf.Rank.R4>([1, 8, 8, 1]);
  const changed = (tfm: Transform) =>
    Array.from({ length: 400 }, (_, seed) => apply([tfm], images, 'train', seed) !== images).filter(Boolean)
      .length / 400;
  expect(Math.abs(changed(new RandomErasing({ sl: 0.1 })) - 0.5)).toBeLessThan(0.08);
  expect(Math.abs(changed(new RandomErasing({ p: 0.1, sl: 0.1 })) - 0.1)).toBeLessThan(0.05);
  expect(new RandomErasing().order).toBeGreaterThan(99);
  expect(() => new RandomErasing({ minAspect: 0 })).toThrow('minAspect');
  expect(() => new RandomErasing({ maxCount: 0.5 })).toThrow('maxCount');
});

test('a maximum change whose logarithm does not exist is an error, not an image of NaN', () => {
  for (const max of [1, 1.2, -0.1, Number.NaN]) {
    expect(() => new Contrast({ maxLighting: max })).toThrow(
      `maxLighting must be a number ≥ 0 and < 1, got ${max}.`,
    );
    expect(() => new Saturation({ maxLighting: max })).toThrow(ArgumentError);
    expect(() => new Hue({ maxHue: max })).toThrow(/maxHue/);
  }
  expect(() => augTransforms({ mult: 5 })).toThrow('mult must be a number < 5, got 5.');
});

test('color transforms reject grayscale images', () => {
  const gray = tf.zeros<tf.Rank.R4>([1, 2, 2, 1]);
  expect(() => apply([new Hue({ p: 1 })], gray)).toThrow(ShapeError);
  expect(() => apply([new Saturation({ p: 1 })], gray)).toThrow('3 channels');
});
