import { LearnerError } from '../errors.js';

/** The value of a hyper-parameter at a point of the training, from 0 (its start) to 1 (its end). */
export type Schedule = (position: number) => number;

/** From `start` to `end` in a straight line. */
export function schedLin(start: number, end: number): Schedule {
  return (position) => start + position * (end - start);
}

/** From `start` to `end` along half a cosine wave: slow, fast, slow. */
export function schedCos(start: number, end: number): Schedule {
  return (position) => start + ((1 + Math.cos(Math.PI * (1 - position))) * (end - start)) / 2;
}

/** `start`, all the time. */
export function schedNo(start: number): Schedule {
  return () => start;
}

/** From `start` to `end` in equal ratios; both must be above 0. */
export function schedExp(start: number, end: number): Schedule {
  return (position) => start * (end / start) ** position;
}

/** From `start` to `end` as `position` to the power `power`. */
export function schedPoly(start: number, end: number, power: number): Schedule {
  return (position) => start + (end - start) * position ** power;
}

/**
 * One schedule after the other.
 *
 * Source: fastai `callback/schedule.py`, `combine_scheds`.
 *
 * @param shares how much of the training each takes; they add up to 1
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
      `combineScheds needs a share of at least 0 for each of its ${schedules.length} schedules, together 1, but got [${shares.join(', ')}].`,
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
    // In single precision, in which sums of shares and counts of epochs that should meet do so.
    const reached = ({ start }: { start: number }) => Math.fround(position) >= Math.fround(start);
    const { schedule, share, start } = parts.findLast(reached) ?? parts[0]!;
    return schedule((position - start) / share);
  };
}

/** Along half a cosine from `start` to `middle` during the share `pct`, then along another to `end`. */
export function combinedCos(pct: number, start: number, middle: number, end: number): Schedule {
  return combineScheds([pct, 1 - pct], [schedCos(start, middle), schedCos(middle, end)]);
}
