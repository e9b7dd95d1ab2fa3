/** The largest difference between two lists of numbers of the same length. */
export function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) {
    throw new Error(`There are ${actual.length} numbers where ${expected.length} are expected.`);
  }
  return Array.from(actual, (a, i) => Math.abs(a - expected[i]!)).reduce((x, y) => (y <= x ? x : y), 0);
}
