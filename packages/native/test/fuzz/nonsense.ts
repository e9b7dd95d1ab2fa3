import { GuardedArray } from './arrays.js';
import type { Draw } from './draw.js';

const odd = [
  ...[Number.NaN, Infinity, -Infinity, 0, -0, -1, 1, 2, 3, 0.5, -0.5, 1e-300, 1e300, -1e300, 255, 256],
  ...[2 ** 15, 2 ** 16, 2 ** 24, 2 ** 30, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), 2 ** 32, 2 ** 32 + 1],
  ...[2 ** 40, 2 ** 53 - 1, 2 ** 53, 2 ** 63, -(2 ** 63), 2 ** 64, Number.MAX_VALUE, Number.MIN_VALUE],
];

/** An odd number: a special one, or one near `value`. */
function oddNumber(draw: Draw, value: number): number {
  return draw.chance(0.4) ? value + draw.integer(-2, 2) : draw.one(odd);
}

/** Values that are no argument of any kernel, or rarely the right one. */
const others: readonly ((draw: Draw) => unknown)[] = [
  () => undefined,
  () => null,
  () => 'x',
  () => ({ length: 4 }),
  () => [1, 2, 3],
  () => () => 1,
  () => Symbol('x'),
  () => 10n,
  () => new ArrayBuffer(16),
  () => new DataView(new ArrayBuffer(16)),
  () => new Float32Array(0),
  (draw) => new Float32Array(draw.integer(0, 20)),
  (draw) => new Int32Array(draw.integer(0, 20)),
  (draw) => new Uint8Array(draw.integer(0, 20)),
  (draw) => new Uint8ClampedArray(draw.integer(0, 20)),
  (draw) => new Float64Array(draw.integer(0, 20)).fill(oddNumber(draw, 1)),
  (draw) => new Uint16Array(draw.integer(0, 20)),
  (draw) => new BigInt64Array(draw.integer(0, 20)),
  (draw) => Buffer.from('some bytes').subarray(draw.integer(0, 9)),
  () => detached(new Float32Array(64)),
  () => new Proxy(new Float32Array(64), {}),
];

function isDetached({ buffer, byteLength }: ArrayBufferView): boolean {
  return byteLength === 0 && buffer.byteLength === 0;
}

/** An array whose memory another thread owns now. */
function detached(array: Float32Array): Float32Array {
  structuredClone(array, { transfer: [array.buffer as ArrayBuffer] });
  return array;
}

type Argument = unknown;

/** Each replaces or changes one of the arguments. */
const changes: readonly ((draw: Draw, args: Argument[], i: number) => void)[] = [
  (draw, args, i) => {
    args[i] = draw.one(others)(draw);
  },
  (draw, args, i) => {
    args[i] = oddNumber(draw, typeof args[i] === 'number' ? args[i] : 1);
  },
  // A number of a shape or a layout, an index, or a value.
  (draw, args, i) => {
    const values = args[i];
    if (!isArray(values)) args[i] = oddNumber(draw, 1);
    else if (values.length) {
      const at = draw.integer(0, values.length - 1);
      values[at] = oddNumber(draw, values[at]!);
    }
  },
  // A shorter array: its first or its last elements.
  (draw, args, i) => {
    const values = args[i];
    if (isArray(values)) {
      args[i] = draw.chance(0.5)
        ? values.subarray(draw.integer(0, Math.min(3, values.length)))
        : values.subarray(
            0,
            draw.chance(0.5) ? Math.max(0, values.length - 1) : draw.integer(0, values.length),
          );
    }
  },
  // Memory of another argument: the same, or overlapping.
  (draw, args, i) => {
    const other = draw.one(args);
    args[i] = isArray(other) && draw.chance(0.5) ? other.subarray(draw.integer(0, 2)) : other;
  },
  (draw, args, i) => {
    const other = draw.integer(0, args.length - 1);
    [args[i], args[other]] = [args[other], args[i]];
  },
  (_, args, i) => {
    args.length = i;
  },
  (draw, args) => {
    args.push(draw.one(others)(draw));
  },
];

/** The number that tells how many changes to make to the arguments of a shape, which are checked in most detail. */
const SHAPE_SHARE = 0.5;

/** Changes one to three of the arguments of a valid call. */
export function spoil(draw: Draw, args: Argument[]): void {
  for (let left = draw.one([1, 1, 1, 2, 3]); left > 0 && args.length > 0; left--) {
    const shapes = args.flatMap((arg, i) =>
      arg instanceof Float64Array || typeof arg === 'number' ? [i] : [],
    );
    if (shapes.length && draw.chance(SHAPE_SHARE)) changes[2]!(draw, args, draw.one(shapes));
    else draw.one(changes)(draw, args, draw.integer(0, args.length - 1));
  }
}

function isArray(value: unknown): value is Float32Array | Float64Array | Int32Array | Uint8Array {
  // A proxy is an instance of an array's class, but no array; a detached array is one, but has no elements.
  return (
    ArrayBuffer.isView(value) &&
    !isDetached(value) &&
    [Float32Array, Float64Array, Int32Array, Uint8Array].some((type) => value instanceof type)
  );
}

/** An argument as a person can type it again. */
export function shown(argument: unknown): string {
  if (argument instanceof GuardedArray) return shown(argument.values);
  if (ArrayBuffer.isView(argument) && !(argument instanceof DataView)) {
    const values = Array.from(argument as Float32Array, String);
    const name = (argument as Float32Array)[Symbol.toStringTag];
    return `${name}(${values.length})[${values.slice(0, 30).join(', ')}${values.length > 30 ? ', …' : ''}]`;
  }
  return typeof argument === 'object' ? JSON.stringify(argument) : String(argument);
}
