import { expectWithin, type Numbers, valuesOf } from './allClose.js';

/** float32's unit roundoff: the largest relative error of rounding to nearest. */
const UNIT_ROUNDOFF = 2 ** -24;

/** Allowed standard deviations of rounding errors: 10 are exceeded once in 10²² sums. */
const DEVIATIONS = 10;

/**
 * Expects sums that two programs computed in float32 to differ by no more than the rounding errors of both.
 *
 * A sum of `n` terms, or of `n` products, added in any order is off by at most `n · u · Σ|terms|`, where `u` is the unit
 * roundoff (Higham 2002, §3.1 and §4.2). Errors of both signs cancel, so that those of long sums stay within
 * `λ · √n · u · Σ|terms|` (Higham and Mary 2019). The bound is not relative to the result, which may be the small difference
 * of large terms.
 *
 * @param magnitudes For each sum its `Σ|terms|`. For a linear op, that is the op applied to the inputs' absolute values.
 * @param terms The number of roundings that contribute to a sum: its terms, and other operations before it.
 * @param atol Additional absolute tolerance (default: 0).
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
