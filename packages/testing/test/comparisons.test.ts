import { setQuiet, useEngine } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { expectAllClose, expectNormClose, maxDifference, meanDifference } from '../src/allClose.js';
import { expectSumsClose } from '../src/sumsClose.js';

// A comparison that accepts everything would make all other tests useless.

beforeAll(async () => {
  setQuiet(true);
  await useEngine('cpu');
});

test('values may differ by rtol of each, or by atol', () => {
  expectAllClose([1000, 0], [1000.009, 1e-7]);
  expect(() => expectAllClose([1000, 0], [1000.02, 0])).toThrow(/Value 0 of 2 is 1000 instead of 1000.02/);
  expect(() => expectAllClose([1000, 2e-7], [1000, 0])).toThrow('Value 1');
  expect(() => expectAllClose([1], [1 + 1e-6], { atol: 1e-7 })).toThrow('Value 0');
  expect(() => expectAllClose([1], [1 + 1e-15], {})).toThrow('Value 0');
});

test('values may differ by a fraction of the largest', () => {
  expectNormClose([1000, 0.009], [1000, 0]);
  expect(() => expectNormClose([1000, 0.011], [1000, 0])).toThrow('Value 1');
});

test('sums may differ by the rounding of their terms, which may cancel, but not by more', () => {
  // 0.1 + 0.1 − 0.2 in float32, added in two orders.
  expectSumsClose([2 ** -26], [0], [0.4], 3);
  expect(() => expectSumsClose([2 ** -22], [0], [0.4], 3)).toThrow('Value 0');
  expectSumsClose([1e6 + 1], [1e6], [1e6], 1e6);
  expect(() => expectSumsClose([1e6 + 2000], [1e6], [1e6], 1e6)).toThrow('Value 0');
  expect(() => expectSumsClose([1, 1], [1, 1], [1], 3)).toThrow();
});

test('infinities and NaN are equal only to themselves', () => {
  expectAllClose([Number.NaN, Infinity, -0], [Number.NaN, Infinity, 0]);
  for (const [a, b] of [
    [Number.NaN, 1],
    [1, Number.NaN],
    [Infinity, 1],
    [1, Infinity],
    [Infinity, -Infinity],
  ] as const) {
    expect(() => expectAllClose([a], [b])).toThrow('Value 0');
    expect(() => expectNormClose([a], [b])).toThrow('Value 0');
    expect(() => expectSumsClose([a], [b], [1], 3)).toThrow('Value 0');
  }
});

test('tensors, stored tensors and nested numbers can be compared if their shapes are equal', () => {
  const tensor = tf.tensor2d([1, 2, 3, 4], [2, 2]);
  expectAllClose(tensor, { shape: [2, 2], values: [1, 2, 3, 4] });
  expectAllClose(tensor, [
    [1, 2],
    [3, 4],
  ]);
  expectAllClose([true, false], Int32Array.of(1, 0));
  expect(() => expectAllClose(tensor, { shape: [4], values: [1, 2, 3, 4] })).toThrow();
  expect(() => expectAllClose(tensor, [1, 2, 3])).toThrow();
  expect([maxDifference(tensor, [1, 2, 5, 5]), meanDifference(tensor, [1, 2, 5, 5])]).toEqual([2, 0.75]);
});
