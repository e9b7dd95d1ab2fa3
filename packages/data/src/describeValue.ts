import { nameOf } from '@fastts/core';
import { Tensor } from '@tensorflow/tfjs-core';

/** A short description of a value: small ones in full, tensors and typed arrays by shape or length. */
export function describeValue(value: unknown): string {
  if (value instanceof Tensor) return `${value.dtype} tensor of ${value.shape.join('×') || 'one number'}`;
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'function') return nameOf(value) || 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  if (ArrayBuffer.isView(value)) return `${(value as Uint8Array).length} numbers (${value.constructor.name})`;
  if (Array.isArray(value)) {
    const shown = value.slice(0, 10).map(describeValue);
    return `[${shown.join(', ')}${value.length > shown.length ? `, … ${value.length} in total` : ''}]`;
  }
  if (value.toString !== Object.prototype.toString) return String(value);
  const fields = Object.entries(value).map(([name, field]) => `${name}: ${describeValue(field)}`);
  const name = value.constructor?.name ?? 'Object';
  return `${name === 'Object' ? '' : `${name} `}{ ${fields.join(', ')} }`;
}
