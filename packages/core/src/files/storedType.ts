import type * as tf from '@tensorflow/tfjs-core';
import { FasttsError, FileFormatError } from '../errors.js';

/** The supported element types of safetensors files, with their sizes in bytes. */
export const elementSize = {
  F64: 8,
  I64: 8,
  F32: 4,
  I32: 4,
  I16: 2,
  F16: 2,
  BF16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
} as const;

/** A supported element type of a safetensors file. */
export type StoredType = keyof typeof elementSize;

/** Whether this is a supported element type. */
export function isStoredType(type: unknown): type is StoredType {
  return typeof type === 'string' && Object.hasOwn(elementSize, type);
}

/**
 * The element type in which tensors of a tfjs type are stored.
 *
 * @throws FasttsError when there is none.
 */
export function storedTypeOf(dtype: tf.DataType, name: string): 'F32' | 'I64' | 'BOOL' {
  switch (dtype) {
    case 'float32':
      return 'F32';
    case 'int32':
      return 'I64';
    case 'bool':
      return 'BOOL';
    default:
      throw new FasttsError(
        `The tensor '${name}' is of type ${dtype}, which safetensors files do not support.`,
      );
  }
}

/** Encodes a tensor's values as bytes. */
export function encodeValues(values: tf.TypedArray, type: 'F32' | 'I64' | 'BOOL'): Uint8Array {
  switch (type) {
    case 'F32':
      return bytesOf(values);
    case 'I64':
      return bytesOf(BigInt64Array.from(values, BigInt));
    case 'BOOL':
      return Uint8Array.from(values);
  }
}

/**
 * A tensor's values and tfjs type from its bytes, which start at the beginning of their buffer.
 *
 * @throws FileFormatError when an integer does not fit 32 bits.
 */
export function decodeValues(
  { buffer }: Uint8Array,
  type: StoredType,
  name: string,
): { values: Float32Array | Int32Array | Uint8Array; type: 'float32' | 'int32' | 'bool' } {
  switch (type) {
    case 'F32':
      return { values: new Float32Array(buffer), type: 'float32' };
    case 'F64':
      return { values: Float32Array.from(new Float64Array(buffer)), type: 'float32' };
    case 'F16':
      return { values: Float32Array.from(new Uint16Array(buffer), halfToNumber), type: 'float32' };
    case 'BF16':
      return { values: widenBfloat(new Uint16Array(buffer)), type: 'float32' };
    case 'I32':
      return { values: new Int32Array(buffer), type: 'int32' };
    case 'I64':
      return { values: narrow(new BigInt64Array(buffer), name), type: 'int32' };
    case 'I16':
      return { values: Int32Array.from(new Int16Array(buffer)), type: 'int32' };
    case 'I8':
      return { values: Int32Array.from(new Int8Array(buffer)), type: 'int32' };
    case 'U8':
      return { values: Int32Array.from(new Uint8Array(buffer)), type: 'int32' };
    case 'BOOL':
      return { values: new Uint8Array(buffer), type: 'bool' };
  }
}

/** IEEE 754 binary16: 1 sign bit, 5 exponent bits, 10 fraction bits. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** bfloat16 is the upper half of a float32. */
function widenBfloat(values: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(values, (bits) => bits << 16).buffer);
}

function narrow(values: BigInt64Array, name: string): Int32Array {
  return Int32Array.from(values, (value) => {
    if (BigInt.asIntN(32, value) !== value) {
      throw new FileFormatError(
        `The tensor '${name}' holds ${value}, which does not fit tfjs's 32-bit integers.`,
      );
    }
    return Number(value);
  });
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
