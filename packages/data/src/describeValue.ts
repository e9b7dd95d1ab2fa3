import { nameOf } from '@fastts/core';
import { Tensor } from '@tensorflow/tfjs-core';

const MAX_LENGTH = 200;
const MAX_PARTS = 10;
const MAX_DEPTH = 3;

/**
 * A short description of a value for messages: small ones in full, tensors and typed arrays by shape or length. It
 * never throws, for example for a row without a prototype or with a column `toString`, a cycle, or a getter that
 * throws.
 */
export function describeValue(value: unknown): string {
  return described(value, MAX_DEPTH);
}

/** An error's message, or a description of any other value that was thrown. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : describeValue(thrown);
}

function described(value: unknown, depth: number): string {
  try {
    if (typeof value === 'string') return `'${shortened(value)}'`;
    if (typeof value === 'function') return nameOf(value) || 'a function';
    if (typeof value !== 'object' || value === null) return String(value);
    return describedObject(value, depth);
  } catch {
    return 'an object that cannot be described';
  }
}

function describedObject(value: object, depth: number): string {
  if (value instanceof Tensor) return `${value.dtype} tensor of ${value.shape.join('×') || 'one number'}`;
  if (value instanceof DataView || value instanceof ArrayBuffer) {
    return `${value.byteLength} bytes (${nameOf(value.constructor)})`;
  }
  if (ArrayBuffer.isView(value)) return `${(value as Uint8Array).length} numbers (${value.constructor.name})`;
  if (depth === 0) return '…';
  if (Array.isArray(value)) return `[${listed(value, (part) => described(part, depth - 1))}]`;
  // A row may have a column of that name, or no prototype.
  if (typeof value.toString === 'function' && value.toString !== Object.prototype.toString) {
    return shortened(String(value));
  }
  const names = Object.keys(value);
  const fields = listed(
    names,
    (name) => `${name}: ${described(value[name as keyof typeof value], depth - 1)}`,
  );
  const maker: unknown = value.constructor;
  const name = typeof maker === 'function' && maker !== Object ? `${maker.name} ` : '';
  return `${name}{ ${fields} }`;
}

function listed<T>(parts: readonly T[], describe: (part: T) => string): string {
  const more = parts.length > MAX_PARTS ? `, … ${parts.length} in total` : '';
  return `${parts.slice(0, MAX_PARTS).map(describe).join(', ')}${more}`;
}

function shortened(text: string): string {
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}… (${text.length} characters)` : text;
}
