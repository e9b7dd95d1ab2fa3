import * as tf from '@tensorflow/tfjs-core';

/**
 * Inserts rows for items without a prediction: NaN or, among integers and booleans, −1.
 *
 * @param tensor `[n, …]`, the rows of the items with predictions.
 * @param positions The positions of the others among all items, from 0.
 * @returns `[n + positions, …]`.
 */
export function withMissingRows(tensor: tf.Tensor, positions: readonly number[]): tf.Tensor {
  const [n, ...shape] = tensor.shape;
  const missing = new Set(positions);
  const order: number[] = [];
  for (let row = 0, i = 0; i < n! + missing.size; i++) order.push(missing.has(i) ? n! : row++);
  return tf.tidy(() => {
    const dtype = tensor.dtype === 'float32' ? 'float32' : 'int32';
    const blank = tf.fill([1, ...shape], dtype === 'float32' ? Number.NaN : -1, dtype);
    return tf.gather(tf.concat([tf.cast(tensor, dtype), blank]), tf.tensor1d(order, 'int32'));
  });
}
