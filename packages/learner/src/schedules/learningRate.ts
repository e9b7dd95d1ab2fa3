import { LearnerError } from '../errors.js';

/** Rates for parameter groups from the first to the last, made by {@link slice}. */
export class RateSlice {
  constructor(
    readonly start: number | undefined,
    readonly stop: number,
  ) {}
}

/** One learning rate for all parameter groups, a {@link slice} over them, or one number a group. */
export type LearningRate = number | RateSlice | readonly number[];

/**
 * Learning rates that differ by parameter group.
 *
 * `slice(stop)` gives the last group `stop` and all others a tenth of it; `slice(start, stop)` goes from `start` for the
 * first group to `stop` for the last in equal ratios.
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
  if (typeof value === 'number') return Array<number>(n).fill(value);
  if (value instanceof RateSlice) {
    const { start, stop } = value;
    if (start === undefined) return [...Array<number>(n - 1).fill(stop / 10), stop];
    return evenMultiples(start, stop, n);
  }
  if (value.length === 1) return Array<number>(n).fill(value[0]!);
  if (value.length !== n) {
    throw new LearnerError(
      `${name} has ${value.length} values but the optimiser has ${n} parameter groups: give one number, a slice, or ${n} numbers.`,
    );
  }
  return [...value];
}

/** `n` numbers from `start` to `stop` in equal ratios. Source: fastai `torch_core.py`, `even_mults`. */
export function evenMultiples(start: number, stop: number, n: number): number[] {
  if (n === 1) return [stop];
  const step = (stop / start) ** (1 / (n - 1));
  return Array.from({ length: n }, (_, i) => start * step ** i);
}

/**
 * Checks a learning rate that a person gave.
 *
 * @throws LearnerError naming the value and its type
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
      `${name} must be a finite number above 0, or a slice of such, but is ${show(part)}: write ${name} as a number, such as 3e-3.`,
    );
  }
  if (parts.length === 0) throw new LearnerError(`${name} is an empty list: give a number, such as 3e-3.`);
}

/** A value as a message shows it, with its type unless that is plain. */
export function show(value: unknown): string {
  if (typeof value === 'number') return String(value);
  return `${typeof value === 'string' ? `'${value}'` : String(value)} (a ${value === null ? 'null' : typeof value})`;
}

/**
 * Checks a number of epochs.
 *
 * @throws LearnerError naming the value
 */
export function checkEpochs(value: unknown, name = 'nEpoch'): asserts value is number {
  if (!(Number.isInteger(value) && (value as number) >= 0)) {
    throw new LearnerError(`${name} must be a whole number of at least 0, but is ${show(value)}.`);
  }
}
