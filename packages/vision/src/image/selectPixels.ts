import type { PadMode, Pixels } from '@fastts/core';

/** The index that stands for a black row or column. */
const BLACK = -1;

/** An image of the given rows and columns of another, by indices that {@link paddedIndex} returns. */
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
 * The index of the row or column shown at `index`, which may be outside of an image that has `full` of them.
 *
 * @param edge Width of the outermost pixel, about whose center the image is mirrored (default 1; 0 mirrors about its
 *   outer edge).
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
