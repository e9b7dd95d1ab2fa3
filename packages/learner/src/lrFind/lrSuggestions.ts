import { LearnerError } from '../errors.js';

/** A learning rate suggested by a curve of losses. */
export interface LrSuggestion {
  lr: number;
  /** The point on the curve that it is based on. */
  point: { lr: number; loss: number };
}

/** The curve of a learning rate search, and its suggestions by name. */
export interface LrSearch {
  lrs: readonly number[];
  losses: readonly number[];
  suggestions: Record<string, LrSuggestion>;
}

/** Suggests a learning rate, given increasing rates and the smoothed loss at each. */
export type SuggestFunc = (lrs: readonly number[], losses: readonly number[]) => LrSuggestion;

/**
 * The rate in the middle of the longest valley: the longest decreasing subsequence of the losses.
 *
 * Source: fastai `callback/schedule.py`, `valley`; Novik, https://github.com/fastai/fastai/pull/3377.
 */
export function valley(lrs: readonly number[], losses: readonly number[]): LrSuggestion {
  // The length of the longest decreasing subsequence that ends at each loss.
  const lengths: number[] = [];
  for (const [i, loss] of losses.entries()) {
    const before = lengths.filter((_, j) => losses[j]! > loss);
    lengths[i] = 1 + Math.max(0, ...before);
  }
  const length = Math.max(...lengths);
  const end = lengths.indexOf(length);
  // As in fastai, the valley is treated as contiguous and one position longer than it is.
  const start = length > 1 ? end - length : 0;
  const third = (end - start) / 3;
  return at(lrs, losses, start + Math.trunc(third) + Math.trunc(third / 2));
}

/** Settings of {@link slide}. */
export interface SlideOptions {
  /** Distance between the ends of the interval, in rates (default 15). */
  lrDiff?: number;
  /** Difference between the slopes at both ends at which the interval stops (default 0.005). */
  thresh?: number;
  /** Factor applied to the rate (default 1). */
  adjustValue?: number;
}

/**
 * The rate where an interval, which slides from the right, first has the same slope at both ends: before the loss
 * explodes.
 *
 * Source: fastai `callback/schedule.py`, `slide`; Lin 2019,
 * https://forums.fast.ai/t/automated-learning-rate-suggester/44199.
 *
 * @throws LearnerError when there are not more than `lrDiff` losses.
 */
export function slide(
  lrs: readonly number[],
  losses: readonly number[],
  { lrDiff = 15, thresh = 0.005, adjustValue = 1 }: SlideOptions = {},
): LrSuggestion {
  if (losses.length <= lrDiff) {
    throw new LearnerError(
      `slide needs more than ${lrDiff} losses, got ${losses.length}: set a larger numIt of lrFind.`,
    );
  }
  const slopes = slopesOf(losses);
  let left = losses.length - 1 - lrDiff;
  let found = left;
  while (left >= 0 && Math.abs(slopes[left + lrDiff]! - slopes[left]!) > thresh) found = left--;
  const lr = lrs[found]! * adjustValue;
  return { lr, point: { lr, loss: lossAt(lr, lrs, losses) } };
}

/**
 * A tenth of the rate with the lowest loss.
 *
 * Source: fastai `callback/schedule.py`, `minimum`.
 */
export function minimum(lrs: readonly number[], losses: readonly number[]): LrSuggestion {
  const { point } = at(lrs, losses, losses.indexOf(Math.min(...losses)));
  return { lr: point.lr / 10, point };
}

/**
 * The rate at which the loss decreases fastest, on a logarithmic scale of rates.
 *
 * Source: fastai `callback/schedule.py`, `steep`.
 */
export function steep(lrs: readonly number[], losses: readonly number[]): LrSuggestion {
  const slopes = lrs.slice(1).map((lr, i) => (losses[i + 1]! - losses[i]!) / Math.log(lr / lrs[i]!));
  return at(lrs, losses, slopes.indexOf(Math.min(...slopes)));
}

/**
 * All suggestion functions, by name.
 *
 * @example
 * const { minimum, steep, valley, slide } = await learn.lrFind({ suggestFuncs: SuggestionMethod });
 */
export const SuggestionMethod = { valley, slide, minimum, steep } as const;

function at(lrs: readonly number[], losses: readonly number[], index: number): LrSuggestion {
  const lr = lrs.at(index)!;
  return { lr, point: { lr, loss: losses.at(index)! } };
}

/** The slope at each number: half the difference of its neighbors; at the ends, the difference from the only one. */
function slopesOf(values: readonly number[]): number[] {
  const last = values.length - 1;
  return values.map((_, i) => {
    const [left, right] = [Math.max(0, i - 1), Math.min(last, i + 1)];
    return (values[right]! - values[left]!) / (right - left);
  });
}

/** The loss at a rate, interpolated linearly on a logarithmic scale of rates. */
function lossAt(lr: number, lrs: readonly number[], losses: readonly number[]): number {
  const right = lrs.findIndex((other) => other >= lr);
  if (right <= 0) return losses.at(right)!;
  const share = Math.log(lr / lrs[right - 1]!) / Math.log(lrs[right]! / lrs[right - 1]!);
  return losses[right - 1]! + share * (losses[right]! - losses[right - 1]!);
}
