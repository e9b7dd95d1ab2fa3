import type { Module } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';

/** The first value that is NaN or infinite; `undefined` if all are finite. */
export function firstNonFinite(values: ArrayLike<number>): number | undefined {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return values[i];
  return undefined;
}

/** Whether all values of a tensor are finite. Reads only their sum, unless it is not finite. */
export async function isFiniteTensor(tensor: tf.Tensor): Promise<boolean> {
  if (tensor.dtype !== 'float32') return true;
  const sum = tf.tidy(() => tf.sum(tensor));
  const [total] = await sum.data();
  sum.dispose();
  // The sum of large finite values may overflow.
  return Number.isFinite(total) || firstNonFinite(await tensor.data()) === undefined;
}

/** The rows of a tensor, along its first axis, that have a value that is not finite, with the first such value of each. */
export async function nonFiniteRows(tensor: tf.Tensor): Promise<Map<number, number>> {
  const rows = new Map<number, number>();
  if (tensor.size === 0 || (await isFiniteTensor(tensor))) return rows;
  const values = await tensor.data();
  const n = tensor.shape[0] ?? 1;
  const each = values.length / n;
  for (let row = 0; row < n; row++) {
    const found = firstNonFinite(values.subarray(row * each, (row + 1) * each));
    if (found !== undefined) rows.set(row, found);
  }
  return rows;
}

/**
 * The names of a model's parameters and buffers that have a value that is not finite. Buffers may be −Infinity, as in the mask
 * of an attention.
 */
export async function nonFiniteWeights(model: Module): Promise<string[]> {
  const isWrong = async (value: tf.Tensor, isBuffer: boolean) =>
    !(await isFiniteTensor(value)) &&
    !(isBuffer && (await value.data()).every((number) => number < Number.POSITIVE_INFINITY));
  const members = [
    ...model.namedParameters().map(([name, { value }]) => ({ name, value, isBuffer: false })),
    ...model.namedBuffers().map(([name, { value }]) => ({ name, value, isBuffer: true })),
  ];
  const wrong = await Promise.all(members.map(({ value, isBuffer }) => isWrong(value, isBuffer)));
  return members.filter((_, i) => wrong[i]).map(({ name }) => name);
}

/** Which of a model's weights are not finite, and what to do about it. */
export function describeWeights(names: readonly string[]): string {
  return `The model has weights that are NaN or infinite (${someOf(names)}): load weights that were saved before, or create a new model.`;
}

/** The first few names of a list, and the number of the others. The names of items may have commas. */
export function someOf(names: readonly string[], shown = 3): string {
  const more = names.length - shown;
  return names.slice(0, shown).join('; ') + (more > 0 ? ` and ${more} more` : '');
}
