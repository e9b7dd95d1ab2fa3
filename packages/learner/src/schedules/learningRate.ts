import { describeValue } from '@fastts/data';
import { LearnerError } from '../errors.js';

/** Rates for parameter groups from the first to the last, created by {@link slice}. */
export class RateSlice {
  constructor(
    readonly start: number | undefined,
    readonly stop: number,
  ) {}
}

/** One learning rate for all parameter groups, a {@link slice} over them, or one number per group. */
export type LearningRate = number | RateSlice | readonly number[];

/**
 * Learning rates that differ by parameter group.
 *
 * `slice(stop)` is `stop` for the last group and a tenth of it for all others; `slice(start, stop)` is spaced
 * logarithmically from `start` for the first group to `stop` for the last.
 *
 * Source: fastai `optimizer.py`, `set_hyper`.
 *
 * @example
 * await learn.fitOneCycle(3, slice(1e-5, 1e-3));
 */
export function slice(stop: number): RateSlice;
export function slice(start: number, stop: number): RateSlice;
export function slice(first: number, second?: number): RateSlice {
  return second === undefined ? new RateSlice(undefined, first) : new RateSlice(first, second);
}

/** The value of each of `n` groups. */
export function perGroup(value: LearningRate, n: number, name = 'lr'): number[] {
  if (typeof value !== 'object') return Array<number>(n).fill(value);
  if (value instanceof RateSlice) {
    const { start, stop } = value;
    if (start === undefined) return [...Array<number>(n - 1).fill(stop / 10), stop];
    return evenMultiples(start, stop, n);
  }
  if (value.length === 1) return Array<number>(n).fill(value[0]!);
  if (value.length !== n) {
    throw new LearnerError(
      `${name} has ${value.length} values but the optimizer has ${n} parameter groups: pass one number, a slice, or ${n} numbers.`,
    );
  }
  return [...value];
}

/** `n` logarithmically spaced numbers from `start` to `stop`. Source: fastai `torch_core.py`, `even_mults`. */
function evenMultiples(start: number, stop: number, n: number): number[] {
  if (n === 1) return [stop];
  const step = (stop / start) ** (1 / (n - 1));
  return Array.from({ length: n }, (_, i) => start * step ** i);
}

/**
 * Checks a learning rate passed by the user.
 *
 * @throws LearnerError naming the value, when it is not valid.
 */
export function checkLearningRate(value: unknown, name = 'lr'): asserts value is LearningRate {
  const parts =
    value instanceof RateSlice
      ? value.start === undefined
        ? [value.stop]
        : [value.start, value.stop]
      : Array.isArray(value)
        ? value
        : [value];
  for (const part of parts) {
    if (typeof part === 'number' && Number.isFinite(part) && part > 0) continue;
    throw new LearnerError(
      `${name} must be a finite positive number, or a slice of such, got ${describeValue(part)}: pass a number, such as 3e-3.`,
    );
  }
  if (parts.length === 0) throw new LearnerError(`${name} is an empty list: pass a number, such as 3e-3.`);
}
