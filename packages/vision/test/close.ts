/** The largest difference between two lists of numbers of the same length. */
export function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) {
    throw new Error(`There are ${actual.length} numbers where ${expected.length} are expected.`);
  }
  return Array.from(actual, (a, i) => Math.abs(a - expected[i]!)).reduce((x, y) => (y <= x ? x : y), 0);
}

/** The largest difference as a share of the largest number expected. */
export function relativeDifference(actual: ArrayLike<number>, expected: readonly number[]): number {
  return largestDifference(actual, expected) / Math.max(...expected.map(Math.abs));
}
