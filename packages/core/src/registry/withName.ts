/**
 * Gives a function a name for tables and messages that minifiers do not shorten, unlike its name in the source.
 *
 * @returns The function.
 * @example
 * const top3 = withName('top3', (pred: tf.Tensor, y: tf.Tensor) => topKAccuracy(pred, y, { k: 3 }));
 */
export function withName<F extends (...args: never[]) => unknown>(name: string, func: F): F {
  return Object.defineProperty(func, 'name', { value: name });
}
