import * as tf from '@tensorflow/tfjs-core';
import { LearnerError } from '../errors.js';

/** Tensors that differ only in the length of their second axis, zero-padded to the longest. */
export function paddedToLongest(parts: tf.Tensor[]): tf.Tensor[] {
  const [first, ...others] = parts.map(({ shape }) => shape.slice(2));
  const lengths = parts.map(({ shape }) => shape[1] ?? 0);
  const longest = Math.max(...lengths);
  if (lengths.every((length) => length === longest)) return parts;
  if (!others.every((shape) => tf.util.arraysEqual(shape, first!))) return parts;
  return parts.map((part, i) =>
    tf.pad(
      part,
      part.shape.map((_, axis): [number, number] => [0, axis === 1 ? longest - lengths[i]! : 0]),
    ),
  );
}

/**
 * The rows of all batches.
 *
 * @throws LearnerError when the shapes of two batches do not match.
 */
export function joinRows(parts: tf.Tensor[], what: string): tf.Tensor {
  const [first] = parts;
  const other = parts.find(({ shape }) => !tf.util.arraysEqual(shape.slice(1), first!.shape.slice(1)));
  if (!other) return tf.concat(parts);
  throw new LearnerError(
    `The ${what} of two batches have shapes [${first!.shape}] and [${other.shape}], which cannot be concatenated: ` +
      'give items the same shape with an item transform, such as Resize, or predict batch by batch.',
  );
}
