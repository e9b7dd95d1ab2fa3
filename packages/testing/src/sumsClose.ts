import { expectWithin, type Numbers, valuesOf } from './allClose.js';

/** float32's unit roundoff: the largest relative error of rounding to the nearest. */
const UNIT_ROUNDOFF = 2 ** -24;

/** Standard deviations of rounding errors that are allowed for: 10 happen in one of 10²² sums. */
const DEVIATIONS = 10;

/**
 * Expects sums that two programs computed in float32 to differ by no more than the rounding of both.
 *
 * A sum of `n` terms, or of `n` products, added in any order is off by at most `n · u · Σ|terms|`, where `u` is the unit
 * roundoff (Higham 2002, §3.1 and §4.2). Errors of both signs cancel, so that those of long sums keep within
 * `λ · √n · u · Σ|terms|` (Higham and Mary 2019). The bound is not relative to the result, which may be the small difference
 * of large terms.
 *
 * @param magnitudes For each sum its `Σ|terms|`. For a linear op that is the op itself of its inputs' absolute values.
 * @param terms How many roundings lead to a sum: its terms, and other operations on the way.
 * @param atol What a sum may be off by in addition. Default: 0.
 */
export function expectSumsClose(
  actual: Numbers,
  expected: Numbers,
  magnitudes: Numbers,
  terms: number,
  atol = 0,
): void {
  const sizes = valuesOf(magnitudes);
  expect(sizes.length).toBe(valuesOf(expected).length);
  const relative = 2 * UNIT_ROUNDOFF * Math.min(terms, DEVIATIONS * Math.sqrt(terms));
  expectWithin(actual, expected, (_, i) => relative * sizes[i]! + atol);
}
