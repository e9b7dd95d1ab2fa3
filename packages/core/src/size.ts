import { ArgumentError } from './errors.js';
import { buildBudget } from './registry/buildBudget.js';

/** A height and width in pixels; a single number means a square. */
export type Size = number | readonly [height: number, width: number];

/**
 * A size as `[height, width]`.
 *
 * @throws ArgumentError when a side is not an integer ≥ `min` (default: 1).
 */
export function toSize(size: Size, { min = 1, name = 'size' }: ToSizeOptions = {}): [number, number] {
  const sides = typeof size === 'number' ? [size, size] : size;
  if (!Array.isArray(sides) || sides.length !== 2 || !sides.every((s) => Number.isInteger(s) && s >= min)) {
    throw new ArgumentError(
      `${name} must be an integer ≥ ${min} or a pair [height, width] of such integers, got ${typeof size === 'number' ? size : JSON.stringify(size)}.`,
    );
  }
  buildBudget()?.sides(sides);
  return [sides[0], sides[1]];
}

/** Options of {@link toSize}. */
export interface ToSizeOptions {
  /** Smallest allowed side (default: 1). */
  min?: number;
  /** The value's name in error messages (default: `'size'`). */
  name?: string;
}
