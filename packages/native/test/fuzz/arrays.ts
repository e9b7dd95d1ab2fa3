import type { Draw } from './draw.js';

export type ArrayType = 'f32' | 'f64' | 'i32' | 'u8';
type TypedArray = Float32Array | Float64Array | Int32Array | Uint8Array;

/** What an output holds before the call; no kernel computes it. */
const UNTOUCHED = { f32: -12345.6787109375, f64: -12345.6787109375, i32: -1234567, u8: 0x5a };
/** Around each array. */
const GUARD_BYTES = 128;
const GUARD = 0xa5;

const special = [0, -0, Number.NaN, Infinity, -Infinity, 1e-40, 3e38, -3e38, 1e30, 88.8, -104, 2 ** 31, -1];

/** An array for a kernel, surrounded by bytes that it must not touch. */
export class GuardedArray {
  readonly values: TypedArray;
  private readonly bytes: Uint8Array;

  constructor(
    draw: Draw,
    readonly type: ArrayType,
    length: number,
    /** The values of an input; an output has none. */
    private readonly contents?: ArrayLike<number>,
  ) {
    const width = { f32: 4, f64: 8, i32: 4, u8: 1 }[type];
    const shared = draw.chance(0.05);
    const size = 2 * GUARD_BYTES + 16 + length * width;
    const buffer = shared ? new SharedArrayBuffer(size) : new ArrayBuffer(size);
    this.bytes = new Uint8Array(buffer).fill(GUARD);
    const offset = GUARD_BYTES + width * draw.integer(0, 16 / width);
    this.values = { f32: f32, f64: f64, i32: i32, u8: u8 }[type](buffer, offset, length);
    if (contents) this.values.set(contents);
    else this.values.fill(UNTOUCHED[type]);
  }

  /** What the call did to memory that is not its own, and, if it was valid, did not do to its own. */
  problem(isValid: boolean): string | undefined {
    const { byteOffset, byteLength } = this.values;
    // A call may have detached the buffer.
    if (this.bytes.length === 0) return undefined;
    const isIntact = (from: number, to: number) =>
      this.bytes.subarray(from, to).every((byte) => byte === GUARD);
    if (!isIntact(0, byteOffset)) return 'memory before it was written';
    if (!isIntact(byteOffset + byteLength, this.bytes.length)) return 'memory behind it was written';
    if (isValid && !this.contents && this.values.includes(UNTOUCHED[this.type] as never)) {
      return `element ${this.values.indexOf(UNTOUCHED[this.type] as never)} of this output was not written`;
    }
    return undefined;
  }
}

const f32 = (buffer: ArrayBufferLike, offset: number, length: number) =>
  new Float32Array(buffer, offset, length);
const f64 = (buffer: ArrayBufferLike, offset: number, length: number) =>
  new Float64Array(buffer, offset, length);
const i32 = (buffer: ArrayBufferLike, offset: number, length: number) =>
  new Int32Array(buffer, offset, length);
const u8 = (buffer: ArrayBufferLike, offset: number, length: number) =>
  new Uint8Array(buffer, offset, length);

/** An output of `length` elements. */
export function output(draw: Draw, type: ArrayType, length: number): GuardedArray {
  return new GuardedArray(draw, type, length);
}

/** An input of `length` random numbers, some of them special ones. */
export function input(draw: Draw, type: ArrayType, length: number): GuardedArray {
  const isSpecial = draw.chance(0.2);
  const values = new Float64Array(length);
  const [first, step] = [draw.integer(-9, 9), draw.unit() * 3];
  for (let i = 0; i < length; i++) values[i] = first + ((i * step) % 7);
  for (let i = 0; isSpecial && i < Math.min(length, 5); i++) {
    values[draw.integer(0, length - 1)] = draw.one(special);
  }
  return new GuardedArray(draw, type, length, values);
}

/** An input of the given numbers. */
export function given(draw: Draw, type: ArrayType, values: ArrayLike<number>): GuardedArray {
  return new GuardedArray(draw, type, values.length, values);
}
