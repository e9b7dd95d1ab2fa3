import * as tf from '@tensorflow/tfjs-core';

/** The tensors in a value, which may be a tensor or nested lists; other values in it are ignored. */
export function tensorsIn(value: unknown): tf.Tensor[] {
  if (value instanceof tf.Tensor) return [value];
  return Array.isArray(value) ? value.flatMap(tensorsIn) : [];
}

/** The value with each tensor in it, as {@link tensorsIn} finds them, replaced by what `fn` returns for it. */
export function mapTensors<T>(value: T, fn: (tensor: tf.Tensor) => tf.Tensor): T {
  if (value instanceof tf.Tensor) return fn(value) as T;
  return Array.isArray(value) ? (value.map((inner) => mapTensors(inner, fn)) as T) : value;
}
