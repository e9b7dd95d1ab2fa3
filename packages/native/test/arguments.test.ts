import { loadAddon } from '../src/addon.js';
import { GuardedArray } from './fuzz/arrays.js';
import { Draw } from './fuzz/draw.js';
import { kernelCalls } from './fuzz/kernelCalls.js';

const { addon } = loadAddon();
const { kernels, parameters } = addon!;

/** Calls a kernel with what its type does not allow. */
const call = (name: string, ...args: unknown[]) => Reflect.apply(kernels[name]!, undefined, args);

/** The name and the message of the error that is thrown, which is of the realm outside the test runner's. */
function thrown(attempt: () => void): string {
  try {
    attempt();
  } catch (error) {
    return String(error);
  }
  return 'nothing';
}

test('every kernel is called with random arguments (test/integration/fuzz.test.ts), all that it declares', () => {
  expect(Object.keys(kernelCalls).sort()).toEqual(Object.keys(kernels).sort());
  for (const [name, describeCall] of Object.entries(kernelCalls)) {
    const names = Object.keys(describeCall(new Draw(0, 0))).sort();
    const declared = parameters[name]!.split(', ').sort();
    expect({ name, names }).toEqual({ name, names: declared });
  }
});

test('every kernel refuses each of its arguments when it is a symbol, and no arguments at all', () => {
  for (const [name, describeCall] of Object.entries(kernelCalls)) {
    const described = describeCall(new Draw(0, 0));
    const valid = parameters[name]!.split(', ').map((parameter) => {
      const argument = described[parameter];
      return argument instanceof GuardedArray ? argument.values : argument;
    });
    expect(thrown(() => call(name))).toMatch(/^TypeError: The native kernel/);
    for (const i of valid.keys()) {
      const spoiled: unknown[] = [...valid];
      spoiled[i] = Symbol('x');
      expect(() => call(name, ...spoiled)).toThrow(`The native kernel ${name}`);
    }
  }
});

describe('an error names the kernel, the argument, and what it is', () => {
  const f32 = (length: number) => new Float32Array(length);

  test.each<[string, string, unknown[]]>([
    ["softmax's `x` must be a Float32Array, got an Int32Array.", 'softmax', [new Int32Array(4), f32(4), 2]],
    ["softmax's `x` must be a Float32Array of at least 4 elements, got 3.", 'softmax', [f32(3), f32(4), 2]],
    ["softmax's `width` must be a number, got nothing.", 'softmax', [f32(4), f32(4)]],
    ["softmax's `width` must be an integer from 0, got 0.5.", 'softmax', [f32(4), f32(4), 0.5]],
    ["softmax's `width` must be an integer from 0, got NaN.", 'softmax', [f32(4), f32(4), Number.NaN]],
    ["softmax's `width` must be a divisor of the length of `y`, got 3.", 'softmax', [f32(4), f32(4), 3]],
    [
      "maxPool's `shape.sh` must be an integer from 1, got 0.",
      'maxPool',
      [f32(4), f32(4), Float64Array.of(1, 2, 2, 1, 1, 1, 2, 2, 0, 1, 0, 0)],
    ],
    [
      "copy's `layout` must be a layout that stays inside `x`.",
      'copy',
      [f32(4), f32(4), Float64Array.of(1, 4, 2, 1, 0, 0)],
    ],
    [
      "gather's `indices` must be indices from 0 to less than the size of the dimension.",
      'gather',
      [f32(4), Int32Array.of(4), f32(1), Float64Array.of(1, 1, 4, 1, 1)],
    ],
  ])('The native kernel %s', (message, name, args) => {
    expect(() => call(name, ...args)).toThrow(`The native kernel ${message}`);
  });
});

test('a gather reads each index once, so that memory that it writes or another thread changes cannot lead it outside', () => {
  const shared = new Int32Array(new SharedArrayBuffer(4 * 3000));
  const shape = Float64Array.of(1, 1, 3000, 3000, 1);
  // x holds 10⁹, which the gather writes over its own indices.
  const x = new Int32Array(3000).fill(1e9);
  expect(thrown(() => call('gather', x, shared, shared, shape))).toMatch(/^(nothing|RangeError: .*)$/);
});

describe('memory of a buffer', () => {
  test('that was released is gone: kernels see empty arrays', () => {
    const buffer = new ArrayBuffer(64);
    const values = new Float32Array(buffer);
    addon!.release(buffer);
    addon!.release(buffer);
    expect(values.length).toBe(0);
    expect(thrown(() => call('relu', values, new Float32Array(16)))).toMatch(/^RangeError: .* got 0\.$/);
    expect(() => call('relu', values, values)).not.toThrow();
    expect(addon!.prepare(buffer)).toBe(0);
  });

  test.each([undefined, null, 1, 'x', {}, new Float32Array(4), new SharedArrayBuffer(4), Symbol('x')])(
    'must be that of an ArrayBuffer, not %p',
    (value) => {
      for (const name of ['release', 'prepare'] as const) {
        const attempt = () => Reflect.apply(addon![name], undefined, [value]);
        expect(thrown(attempt)).toBe(`TypeError: ${name} takes an ArrayBuffer.`);
      }
    },
  );

  test('that WebAssembly owns cannot be released', () => {
    const { buffer } = new WebAssembly.Memory({ initial: 1 });
    expect(() => addon!.release(buffer)).toThrow();
    expect(buffer.byteLength).toBe(65536);
  });
});

test('the number of threads must be an integer from 1 to 256', () => {
  const before = addon!.threads();
  for (const count of [Number.NaN, 1e9, -1, 0, 1.5, Infinity, 257, undefined, '2', null]) {
    const attempt = () => Reflect.apply(addon!.setThreads, undefined, [count]);
    expect(thrown(attempt)).toBe('RangeError: The number of threads must be an integer from 1 to 256.');
  }
  expect(addon!.threads()).toBe(before);
});
