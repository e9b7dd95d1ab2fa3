import type { Tensor } from '@tensorflow/tfjs-core';

// Accessing Jest's globals is slow.
const { abs, max } = Math;

/** A sequence of numbers. */
export type NumberArray = readonly number[] | Float32Array | Int32Array | Uint8Array;

/** A tensor as stored in fixtures. */
export interface StoredTensor {
  shape: number[];
  values: number[];
}

/** Nested numbers or booleans: a tensor in JSON. */
export type Nested = number | boolean | readonly Nested[];

/** Anything that can be compared. */
export type Numbers = Tensor | { shape: number[]; values: NumberArray } | NumberArray | Nested;

/** Tolerances; an omitted one is 0. */
export interface Tolerance {
  /** Relative to each expected value. */
  rtol?: number;
  /** Absolute tolerance. */
  atol?: number;
}

/** Expects `|actual − expected| ≤ max(atol, rtol · |expected|)` for each value, and equal shapes if both have one. */
export function expectAllClose(
  actual: Numbers,
  expected: Numbers,
  { rtol = 0, atol = 0 }: Tolerance = { rtol: 1e-5, atol: 1e-7 },
): void {
  expectWithin(actual, expected, (value) => max(atol, rtol * abs(value)));
}

/** Expects the largest difference to be at most `rtol` of the largest expected magnitude: a normwise relative error. */
export function expectNormClose(actual: Numbers, expected: Numbers, rtol = 1e-5): void {
  const wanted = valuesOf(expected);
  let largest = 0;
  for (let i = 0; i < wanted.length; i++) {
    const magnitude = abs(wanted[i]!);
    if (magnitude < Infinity) largest = max(largest, magnitude);
  }
  expectWithin(actual, expected, () => rtol * largest);
}

/** Expects each error to be at most `bound(expected, index)`; infinities and NaN must be equal. */
export function expectWithin(
  actual: Numbers,
  expected: Numbers,
  bound: (expected: number, index: number) => number,
): void {
  const [shape, wantedShape] = [shapeOf(actual), shapeOf(expected)];
  if (shape && wantedShape) expect(shape).toEqual(wantedShape);
  const [values, wanted] = [valuesOf(actual), valuesOf(expected)];
  expect(values.length).toBe(wanted.length);
  for (let i = 0; i < wanted.length; i++) {
    const value = values[i]!;
    const target = wanted[i]!;
    const difference = abs(value - target);
    const limit = bound(target, i);
    if (value === target || (difference <= limit && difference < Infinity) || Object.is(value, target))
      continue;
    throw new Error(
      `Value ${i} of ${wanted.length} is ${value} instead of ${target}: off by ${difference}, more than ${limit}.`,
    );
  }
}

/** The largest `|a − b|`. */
export function maxDifference(a: Numbers, b: Numbers): number {
  return differences(a, b).reduce((most, difference) => max(most, difference), 0);
}

/** The mean `|a − b|`. */
export function meanDifference(a: Numbers, b: Numbers): number {
  const all = differences(a, b);
  return all.reduce((sum, difference) => sum + difference, 0) / all.length;
}

function differences(a: Numbers, b: Numbers): number[] {
  const [ours, others] = [valuesOf(a), valuesOf(b)];
  expect(ours.length).toBe(others.length);
  return Array.from(ours, (value, i) => abs(value - others[i]!));
}

/** All numbers, in row-major order. */
export function valuesOf(numbers: Numbers): NumberArray {
  if (typeof numbers !== 'object') return [Number(numbers)];
  if (ArrayBuffer.isView(numbers)) return numbers;
  if ('dataSync' in numbers) return numbers.dataSync();
  return 'shape' in numbers ? numbers.values : numbers.flatMap((part) => [...valuesOf(part)]);
}

function shapeOf(numbers: Numbers): number[] | undefined {
  return typeof numbers === 'object' && 'shape' in numbers ? numbers.shape : undefined;
}
