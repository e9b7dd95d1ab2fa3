import {
  AdaptiveAvgPool2d,
  BatchNorm2d,
  Conv2d,
  FileFormatError,
  Flatten,
  fromConfig,
  type Json,
  Linear,
  Module,
  named,
  RegistryError,
  ReLU,
  registered,
  rng,
  Sequential,
  setSeed,
  Transform,
  toConfig,
  withSeed,
} from '@fastts/core';
import { constructionOf } from '../src/registry/registry.js';

/** A transform that learns from data. */
@registered('Shift', (shift: Shift) => [{ by: shift.by }])
class Shift extends Transform {
  by: number | null;

  constructor({ by = null }: { by?: number | null } = {}) {
    super();
    this.by = by;
  }

  encodes(value: number): number {
    return value + this.by!;
  }
}

@registered('Twice')
class Twice extends Shift {
  constructor(readonly inner: Shift) {
    super({ by: 2 });
  }
}

class Unknown extends Twice {}

const double = named('double')((n: number) => 2 * n);
const times = registered('times')((by: number) => (n: number) => by * n);
const pair = registered('pair')((inner: Transform, options?: { how?: typeof double }) => ({
  inner,
  ...options,
}));

/** Encodes and decodes a value by way of JSON, as in a file. */
const again = (value: unknown) => fromConfig(JSON.parse(JSON.stringify(toConfig(value, 'It'))) as Json);

test('objects of registered classes and functions are recreated, with their learned state', () => {
  const shift = new Shift();
  shift.by = 7;
  const made = again({ list: [1, 'a', true, null, shift], other: pair(new Twice(shift), { how: double }) });
  const { list, other } = made as { list: unknown[]; other: ReturnType<typeof pair> };
  expect(list.slice(0, 4)).toEqual([1, 'a', true, null]);
  expect(list[4]).toBeInstanceOf(Shift);
  expect((list[4] as Shift).encodes(1)).toBe(8);
  expect(other.inner).toBeInstanceOf(Twice);
  expect((other.inner as Twice).inner.by).toBe(7);
  expect(other).toMatchObject({ how: double });
});

test('the file has only names and arguments', () => {
  expect(toConfig(pair(new Shift({ by: 1 }), { how: double }), 'It')).toEqual({
    $call: 'pair',
    args: [{ $new: 'Shift', args: [{ by: 1 }] }, { how: { $name: 'double' } }],
  });
  expect(toConfig(new Conv2d(3, 4, 3, { stride: 2, padding: undefined }), 'It')).toEqual({
    $new: 'Conv2d',
    args: [3, 4, 3, { stride: 2 }],
  });
});

test('functions that registered functions created are recreated', () => {
  expect((again(times(3)) as (n: number) => number)(2)).toBe(6);
});

test('registered classes behave as before', () => {
  const relu = new ReLU();
  expect(relu).toBeInstanceOf(ReLU);
  expect(relu).toBeInstanceOf(Module);
  expect(relu.constructor).toBe(ReLU);
  expect([ReLU.name, times.name]).toEqual(['ReLU', 'times']);
  expect(constructionOf(new Sequential(relu).slice(0, 1))).toMatchObject({
    name: 'Sequential',
    args: [relu],
  });
});

test('a network of layers is recreated with its current structure', () => {
  const net = new Sequential(new Conv2d(3, 4, 3, { bias: false }), new BatchNorm2d(4), new ReLU());
  net.append(new AdaptiveAvgPool2d(1), new Flatten());
  net.append(new Sequential(new Linear(4, 2)));
  const made = again(net) as Sequential;
  const shapes = (module: Module) =>
    module.namedParameters().map(([name, { value }]) => [name, value.shape] as [string, number[]]);
  expect(shapes(made)).toEqual(shapes(net));
  expect(made.at(5)).toBeInstanceOf(Sequential);
});

test.each<[unknown, RegExp]>([
  [
    new Unknown(new Shift()),
    /It is a Unknown that was not created by a registered class or function.*@registered\('Unknown'\)/,
  ],
  [{ a: [new Map()] }, /It\.a\[0\] is a Map/],
  [pair(new Twice(new Unknown(new Shift()))), /argument 1 of Twice is a Unknown/],
  [{ how: () => 1 }, /It\.how is the function how, which is not registered/],
  [Number.POSITIVE_INFINITY, /It is Infinity/],
  [{ $new: 'Shift' }, /'\$new'/],
])('%p cannot be written, and the error names what and where', (value, message) => {
  expect(() => toConfig(value, 'It')).toThrow(RegistryError);
  expect(() => toConfig(value, 'It')).toThrow(message);
});

test('a name that is not registered is an error with a remedy', () => {
  const config = { $new: 'Solarize', args: [] };
  expect(() => fromConfig([config])).toThrow(RegistryError);
  expect(() => fromConfig([config])).toThrow(/'Solarize', which is not registered.*registered\('Solarize'\)/);
  expect(() => fromConfig({ $name: 'toString' })).toThrow(/'toString', which is not registered/);
});

test.each<Json>([
  { $new: 'Shift' },
  { $new: 3, args: [] },
  { $call: 'Shift', args: [] },
  { $new: 'Shift', args: [], more: 1 },
  { $new: 'double', args: [1] },
])('the damaged config %j is an error', (config) => {
  expect(() => fromConfig(config)).toThrow(FileFormatError);
});

test('arguments that a constructor rejects are named in the error', () => {
  expect(() => fromConfig({ $new: 'Conv2d', args: [3, 4, 3, { groups: 2 }] })).toThrow(
    /Conv2d\(3, 4, 3, {"groups":2}\), which fails: 3 input/,
  );
});

test('a later registration of a name replaces an earlier one, as in a notebook', () => {
  const old = new Shift();
  const Newer = registered('Shift')(
    class Newer extends Transform {
      encodes(value: unknown) {
        return value;
      }
    },
  );
  expect(fromConfig({ $new: 'Shift', args: [] })).toBeInstanceOf(Newer);
  expect(constructionOf(old)?.name).toBe('Shift');
});

test('withSeed restores the stream', () => {
  setSeed(1);
  const first = rng().next();
  const next = rng().next();
  setSeed(1);
  expect(rng().next()).toBe(first);
  const inner = withSeed(5, () => rng().next());
  expect(withSeed(5, () => rng().next())).toBe(inner);
  expect(rng().next()).toBe(next);
});
