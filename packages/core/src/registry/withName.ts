/**
 * Gives a function a name that tables and messages can rely on: one that a function has of its source is shortened by a
 * minifier.
 *
 * @returns The function.
 * @example
 * const top3 = withName('top3', (pred: tf.Tensor, y: tf.Tensor) => topKAccuracy(pred, y, { k: 3 }));
 */
export function withName<F extends (...args: never[]) => unknown>(name: string, func: F): F {
  return Object.defineProperty(func, 'name', { value: name });
}
