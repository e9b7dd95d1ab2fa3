import { ShapeError } from '@fastts/core';

/** The mean, weighted if weights are given and not all of them are 0. */
export function mean(values: ArrayLike<number>, weights?: ArrayLike<number>): number {
  let [total, count] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const weight = weights?.[i] ?? 1;
    // What counts nothing may well be undefined.
    if (weight !== 0) total += weight * values[i]!;
    count += weight;
  }
  if (weights && count === 0) return mean(values);
  return total / count;
}

/**
 * Checks that there is a weight for each of `n` items, if there are any.
 *
 * @throws ShapeError naming both numbers
 */
export function checkSampleWeight(sampleWeight: readonly number[] | undefined, n: number): void {
  if (sampleWeight && sampleWeight.length !== n) {
    throw new ShapeError(
      `sampleWeight has ${sampleWeight.length} numbers but there are ${n} items: give one for each.`,
    );
  }
}
