import { ShapeError } from '@fastts/core';

/** The mean, weighted if weights are given and not all of them are 0. */
export function mean(values: ArrayLike<number>, weights?: ArrayLike<number>): number {
  let [total, count] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const weight = weights?.[i] ?? 1;
    // A value with weight 0 may be undefined.
    if (weight !== 0) total += weight * values[i]!;
    count += weight;
  }
  if (weights && count === 0) return mean(values);
  return total / count;
}

/**
 * Checks that there is one weight per item, if weights are given.
 *
 * @throws ShapeError when there is not.
 */
export function checkSampleWeight(sampleWeight: readonly number[] | undefined, n: number): void {
  if (sampleWeight && sampleWeight.length !== n) {
    throw new ShapeError(`sampleWeight must have one number per item (${n}), got ${sampleWeight.length}.`);
  }
}
