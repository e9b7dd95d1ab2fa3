import { ArgumentError, Rng, rng, setSeed } from '@fastts/core';
import { testProperty } from '@fastts/testing/property';
import fc from 'fast-check';

const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const draws = (n: number, draw: () => number) => Array.from({ length: n }, draw);

it('repeats for the same seed only', () => {
  expect(draws(5, () => 0).map(() => new Rng(42).next())).toEqual(draws(5, () => new Rng(42).next()));
  const [a, b, c] = [new Rng(42), new Rng(42), new Rng(43)];
  const first = draws(100, () => a.next());
  expect(draws(100, () => b.next())).toEqual(first);
  expect(draws(100, () => c.next())).not.toEqual(first);
});

it('setSeed makes the library stream repeat', () => {
  setSeed(7);
  const first = draws(10, () => rng().normal());
  setSeed(7);
  expect(draws(10, () => rng().normal())).toEqual(first);
});

it('continues from a stored state, also between the two normals of a pair', () => {
  const random = new Rng(3);
  random.normal();
  const stored: string = JSON.stringify(random.stateDict());
  const all = () => [random.normal(), random.next(), random.int(1000), random.fork('order').next()];
  const expected = all();
  const other = new Rng(77);
  other.loadStateDict(JSON.parse(stored));
  expect([other.normal(), other.next(), other.int(1000), other.fork('order').next()]).toEqual(expected);
});

it('forks depend on the seed and the key, not on earlier draws', () => {
  const a = new Rng(1);
  const before = a.fork('epoch 3').seed32();
  a.next();
  expect(a.fork('epoch 3').seed32()).toBe(before);
  const firsts = draws(1000, () => 0).map((_, key) => a.fork(key).seed32());
  expect(new Set(firsts).size).toBe(1000);
  expect(new Rng(2).fork('epoch 3').seed32()).not.toBe(before);
});

describe('distributions', () => {
  const random = new Rng(0);
  const n = 20000;

  it('uniform', () => {
    const values = draws(n, () => random.uniform(-1, 3));
    expect(mean(values)).toBeCloseTo(1, 1);
    expect(mean(values.map((v) => (v - 1) ** 2))).toBeCloseTo(16 / 12, 1);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(-1);
    expect(Math.max(...values)).toBeLessThan(3);
  });

  it('normal', () => {
    const values = draws(n, () => random.normal());
    expect(mean(values)).toBeCloseTo(0, 1);
    expect(mean(values.map((v) => v ** 2))).toBeCloseTo(1, 1);
    expect(mean(values.map((v) => v ** 4))).toBeCloseTo(3, 0);
  });

  it.each([
    [0.4, 0.4],
    [2, 5],
    [1, 1],
  ])('beta(%d, %d)', (a, b) => {
    const values = draws(n, () => random.beta(a, b));
    expect(mean(values)).toBeCloseTo(a / (a + b), 1);
    const variance = (a * b) / ((a + b) ** 2 * (a + b + 1));
    expect(mean(values.map((v) => (v - a / (a + b)) ** 2))).toBeCloseTo(variance, 2);
  });

  it('beta with tiny shape parameters is 0 or 1, never NaN', () => {
    expect(draws(100, () => random.beta(1e-4, 1e-4)).every((v) => v >= 0 && v <= 1)).toBe(true);
  });

  it('bernoulli', () => {
    expect(mean(draws(n, () => Number(random.bernoulli(0.3))))).toBeCloseTo(0.3, 1);
  });
});

testProperty('shuffles without losing an element', [fc.array(fc.integer()), fc.nat()], (items, seed) => {
  const shuffled = new Rng(seed).shuffle(items);
  expect([...shuffled].sort()).toEqual([...items].sort());
});

it('draws all permutations equally often', () => {
  const firsts = draws(3000, () => 0).map((_, seed) => new Rng(seed).permutation(3).join(''));
  for (const order of ['012', '021', '102', '120', '201', '210']) {
    expect(firsts.filter((first) => first === order).length / 3000).toBeCloseTo(1 / 6, 1);
  }
});

it('rejects an invalid seed and invalid shape parameters', () => {
  expect(() => setSeed(Number.NaN)).toThrow(ArgumentError);
  expect(() => new Rng(0).beta(0, 1)).toThrow(/must be positive, got 0/);
});
