import { ArgumentError } from './errors.js';

/** The allowed range of a setting, unbounded where a limit is omitted. */
export interface NumberRange {
  /** Smallest value allowed. */
  min?: number;
  /** Largest value allowed. */
  max?: number;
  /** Exclusive lower limit. */
  above?: number;
  /** Exclusive upper limit. */
  below?: number;
}

/**
 * Checks that a setting is a finite number within a range.
 *
 * @param name Name of the setting in the error.
 * @throws ArgumentError naming the setting, the range and the value.
 * @example
 * checkNumber('factor', factor, { above: 1 }); // factor must be a number > 1, got 0.1.
 */
export function checkNumber(name: string, value: unknown, range: NumberRange = {}): asserts value is number {
  if (Number.isFinite(value) && isWithin(value as number, range)) return;
  throw new ArgumentError(`${name} must be a number${rangeText(range)}, got ${show(value)}.`);
}

/**
 * Checks that a setting is an integer.
 *
 * @param name Name of the setting in the error.
 * @throws ArgumentError naming the setting, the range and the value.
 * @example
 * checkInteger('bs', bs, { min: 1 }); // bs must be an integer ≥ 1, got 0.5.
 */
export function checkInteger(name: string, value: unknown, range: NumberRange = {}): asserts value is number {
  if (Number.isInteger(value) && isWithin(value as number, range)) return;
  throw new ArgumentError(`${name} must be an integer${rangeText(range)}, got ${show(value)}.`);
}

function isWithin(value: number, { min, max, above, below }: NumberRange): boolean {
  return !(value < min! || value > max! || value <= above! || value >= below!);
}

function rangeText({ min, max, above, below }: NumberRange): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  const ends = Object.entries({ '≥': min, '>': above, '≤': max, '<': below });
  const parts = ends.filter(([, end]) => end !== undefined).map(([sign, end]) => `${sign} ${end}`);
  return parts.length > 0 ? ` ${parts.join(' and ')}` : '';
}

function show(value: unknown): string {
  if (typeof value === 'string') return `the text '${value}'`;
  // Not every object can be converted to text.
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
