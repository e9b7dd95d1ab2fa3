import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ArgumentError } from '@fastts/core';
import * as fc from 'fast-check';
import { linearTicks, logTicks, makeScale } from '../src/figures/scale.js';

interface TicksCase {
  low: number;
  high: number;
  count: number;
  ticks: number[];
}
const cases: TicksCase[] = JSON.parse(readFileSync(join(__dirname, '../fixtures/ticks.json'), 'utf8'));
const linear = { log: false, count: 6 };
const log = { log: true, count: 8 };

it.each(cases)("has D3's ticks from $low to $high, about $count", ({ low, high, count, ticks }) => {
  expect(linearTicks(low, high, count)).toEqual(ticks);
});

it('labels powers of ten on a logarithmic axis, and more numbers if these are few', () => {
  expect(logTicks(1e-7, 10, 8)).toEqual([1e-6, 1e-4, 1e-2, 1]);
  expect(logTicks(1e-7, 10, 9)).toEqual([1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 10]);
  expect(logTicks(1, 99, 8)).toEqual([1, 2, 5, 10, 20, 50]);
  expect(logTicks(60, 270, 6)).toEqual([60, 70, 80, 90, 100, 200]);
  expect(logTicks(2.1, 2.4, 6)).toEqual([2.1, 2.15, 2.2, 2.25, 2.3, 2.35, 2.4]);
});

it.each([
  [
    [0, 2],
    ['0.0', '0.5', '1.0', '1.5', '2.0'],
  ],
  [
    [-3e6, 1e6],
    ['−3,000,000', '−2,000,000', '−1,000,000', '0', '1,000,000'],
  ],
  [
    [0, 2e-6],
    ['0', '5.0e-7', '1.0e-6', '1.5e-6', '2.0e-6'],
  ],
  [
    [0, 4e20],
    ['0', '1e20', '2e20', '3e20', '4e20'],
  ],
])('writes all labels from %p with the same number of decimals', (values, labels) => {
  expect(makeScale(values, { log: false, count: 4 }).labels).toEqual(labels);
});

it.each([
  [
    [1e-6, 1e-3],
    ['1e-6', '1e-5', '1e-4', '1e-3'],
  ],
  [
    [0.01, 100],
    ['0.01', '0.1', '1', '10', '100'],
  ],
])('writes the powers of ten from %p in the shortest form', (values, labels) => {
  expect(makeScale(values, log).labels).toEqual(labels);
});

it('extends to round numbers, but not beyond a given domain, which may be reversed', () => {
  const rounded = makeScale([0.2, 2.3], linear);
  expect([0, 2.5].map(rounded.position)).toEqual([0, 1]);
  const exact = makeScale([], { ...linear, domain: [5, -5] });
  expect([5, 0, -5].map((value) => Math.abs(exact.position(value)))).toEqual([0, 0.5, 1]);
  expect(exact.ticks).toEqual([-4, -2, 0, 2, 4]);
  const logarithmic = makeScale([0.02, 200], log);
  expect(logarithmic.position(2)).toBeCloseTo(0.5);
  expect(logarithmic.position(0)).toBeNaN();
  expect(logarithmic.minorTicks).toContain(30);
});

it('has a margin around a single number, and axes without numbers', () => {
  for (const options of [linear, log]) {
    for (const value of [0.7, 3, 1e-12, 0.1 + 0.2]) {
      const position = makeScale([value, value], options).position(value);
      expect(Math.abs(position - 0.5)).toBeLessThan(0.2);
    }
    expect(makeScale([], options).ticks.length).toBeGreaterThan(1);
  }
  expect(makeScale([0.3, 0.1 + 0.2], linear).ticks.length).toBeLessThan(20);
});

it('has few ticks, in ascending order, within the axis, with distinct labels', () => {
  const number = fc.float({ noNaN: true, noDefaultInfinity: true });
  fc.assert(
    fc.property(number, number, fc.boolean(), fc.integer({ min: 2, max: 12 }), (a, b, isLog, count) => {
      const values = isLog ? [a, b].map((value) => Math.abs(value) + 1e-30) : [a, b];
      const { ticks, labels, position } = makeScale(values, { log: isLog, count });
      expect(ticks.length).toBeGreaterThan(0);
      expect(ticks.length).toBeLessThanOrEqual(2 * count + 2);
      expect(new Set(labels).size).toBe(ticks.length);
      const places = ticks.map(position);
      expect(places).toEqual([...places].sort((p, q) => p - q));
      expect(places[0]).toBeGreaterThanOrEqual(0);
      expect(places.at(-1)).toBeLessThanOrEqual(1);
    }),
  );
});

it('rejects a domain that the axis cannot show', () => {
  expect(() => makeScale([], { ...log, domain: [0, 1] })).toThrow(ArgumentError);
  expect(() => makeScale([], { ...log, domain: [0, 1] })).toThrow(
    /positive on a logarithmic axis, got 0 and 1/,
  );
  expect(() => makeScale([], { ...linear, domain: [0, Number.NaN] })).toThrow(/finite, got 0 and NaN/);
});
