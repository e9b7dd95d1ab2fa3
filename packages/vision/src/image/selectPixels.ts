import type { PadMode, Pixels } from '@fastts/core';

/** In place of the number of a row or column: it is black. */
const BLACK = -1;

/** An image made of the given rows and columns of another, as {@link paddedIndex} numbers them. */
export function selectPixels(
  { data, width, channels }: Pixels,
  rows: readonly number[],
  columns: readonly number[],
): Pixels {
  const selected = new Uint8Array(rows.length * columns.length * channels);
  for (const [y, row] of rows.entries()) {
    if (row === BLACK) continue;
    for (let x = 0; x < columns.length; x++) {
      const column = columns[x]!;
      if (column === BLACK) continue;
      const [to, from] = [(y * columns.length + x) * channels, (row * width + column) * channels];
      for (let c = 0; c < channels; c++) selected[to + c] = data[from + c]!;
    }
  }
  return { data: selected, width: columns.length, height: rows.length, channels };
}

/**
 * The number of the row or column that is shown at `index`, which may lie beyond the `full` ones there are.
 *
 * @param edge How many rows or columns the outermost pixel takes, about whose center an image is mirrored (default 1;
 *   0: about its outer edge).
 */
export function paddedIndex(index: number, full: number, padMode: PadMode, edge = 1): number {
  if (index >= 0 && index < full) return index;
  if (padMode === 'zeros') return BLACK;
  const axis = (edge - 1) / 2;
  const period = 2 * (full - edge);
  if (padMode === 'border' || period <= 0) return Math.min(Math.max(index, 0), full - 1);
  const folded = Math.abs(index - axis) % period;
  return Math.min(folded, period - folded) + axis;
}
