import { ArgumentError } from './errors.js';

/** A height and width in pixels; a single number means a square. */
export type Size = number | readonly [height: number, width: number];

/**
 * A size as `[height, width]`.
 *
 * @throws ArgumentError when a side is not an integer ≥ `min` (default 1).
 */
export function toSize(size: Size, { min = 1, name = 'size' }: ToSizeOptions = {}): [number, number] {
  const sides = typeof size === 'number' ? [size, size] : size;
  if (!Array.isArray(sides) || sides.length !== 2 || !sides.every((s) => Number.isInteger(s) && s >= min)) {
    throw new ArgumentError(
      `${name} must be a whole number of at least ${min}, or a pair [height, width] of them; got ${JSON.stringify(size)}.`,
    );
  }
  return [sides[0], sides[1]];
}

/** Options of {@link toSize}. */
export interface ToSizeOptions {
  /** Smallest side allowed (default 1). */
  min?: number;
  /** What the error message calls the value (default `'size'`). */
  name?: string;
}
