import type * as tf from '@tensorflow/tfjs';

/** A tensor as the fixtures hold it. */
export interface Packed {
  shape: number[];
  values: number[];
}

/**
 * Expects a tensor of the same shape whose largest deviation is at most `tolerance` of the largest value expected.
 */
export function expectClose(actual: tf.Tensor, { shape, values }: Packed, tolerance = 1e-5): void {
  expect(actual.shape).toEqual(shape);
  expectCloseValues(actual.dataSync(), values, tolerance);
}

/** As {@link expectClose}, for values alone. */
export function expectCloseValues(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance = 1e-5,
): void {
  expect(actual.length).toBe(expected.length);
  const values = Array.from(expected);
  const scale = Math.max(...values.map(Math.abs), 1e-30);
  const deviation = Math.max(...values.map((value, i) => Math.abs(value - actual[i]!)), 0);
  expect(deviation / scale).toBeLessThanOrEqual(tolerance);
}
