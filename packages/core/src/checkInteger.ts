import { ArgumentError } from './errors.js';

/**
 * Checks that a setting is an integer.
 *
 * @param name Name of the setting in the error.
 * @param options.min Smallest value allowed (default: any).
 * @param options.max Largest value allowed (default: any).
 * @throws ArgumentError naming the setting, the range and the value.
 * @example
 * checkInteger('bs', bs, { min: 1 }); // bs must be an integer ≥ 1, got 0.5.
 */
export function checkInteger(
  name: string,
  value: unknown,
  { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY }: { min?: number; max?: number } = {},
): asserts value is number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return;
  const range = Number.isFinite(max) ? ` from ${min} to ${max}` : Number.isFinite(min) ? ` ≥ ${min}` : '';
  const got = typeof value === 'string' ? `the text '${value}'` : String(value);
  throw new ArgumentError(`${name} must be an integer${range}, got ${got}.`);
}
