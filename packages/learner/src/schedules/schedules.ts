import { checkNumber } from '@fastts/core';
import { LearnerError } from '../errors.js';

/** The value of a hyperparameter at a position in the training, from 0 (start) to 1 (end). */
export type Schedule = (position: number) => number;

/** Linear from `start` to `end`. */
export function schedLin(start: number, end: number): Schedule {
  return (position) => start + position * (end - start);
}

/** From `start` to `end` along half a cosine wave. */
export function schedCos(start: number, end: number): Schedule {
  return (position) => start + ((1 + Math.cos(Math.PI * (1 - position))) * (end - start)) / 2;
}

/** Constant `start`. */
export function schedNo(start: number): Schedule {
  return () => start;
}

/** Exponential from `start` to `end`; both must be positive. */
export function schedExp(start: number, end: number): Schedule {
  checkNumber('start', start, { above: 0 });
  checkNumber('end', end, { above: 0 });
  return (position) => start * (end / start) ** position;
}

/** Polynomial from `start` to `end`, by `position` to the power of `power`. */
export function schedPoly(start: number, end: number, power: number): Schedule {
  checkNumber('power', power, { min: 0 });
  return (position) => start + (end - start) * position ** power;
}

/**
 * Runs schedules one after another.
 *
 * Source: fastai `callback/schedule.py`, `combine_scheds`.
 *
 * @param shares Fraction of the training for each schedule; they sum to 1.
 * @example
 * const warmUp = combineScheds([0.3, 0.7], [schedLin(0, 1e-3), schedCos(1e-3, 0)]);
 */
export function combineScheds(shares: readonly number[], schedules: readonly Schedule[]): Schedule {
  const total = shares.reduce((sum, share) => sum + share, 0);
  if (
    shares.length !== schedules.length ||
    shares.some((share) => !(share >= 0)) ||
    Math.abs(total - 1) > 1e-6
  ) {
    throw new LearnerError(
      `combineScheds needs one fraction ≥ 0 per schedule (${schedules.length}), summing to 1, got [${shares.join(', ')}].`,
    );
  }
  const parts = schedules
    .map((schedule, i) => ({
      schedule,
      share: shares[i]!,
      start: shares.slice(0, i).reduce((sum, share) => sum + share, 0),
    }))
    .filter(({ share }) => share > 0);
  return (position) => {
    // In single precision, in which sums of fractions equal the epoch boundaries that they should.
    const reached = ({ start }: { start: number }) => Math.fround(position) >= Math.fround(start);
    const { schedule, share, start } = parts.findLast(reached) ?? parts[0]!;
    return schedule((position - start) / share);
  };
}

/** Along half a cosine from `start` to `middle` for the fraction `pct`, then along another to `end`. */
export function combinedCos(pct: number, start: number, middle: number, end: number): Schedule {
  return combineScheds([pct, 1 - pct], [schedCos(start, middle), schedCos(middle, end)]);
}
