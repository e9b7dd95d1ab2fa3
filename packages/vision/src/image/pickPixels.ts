import type { PadMode } from '@fastts/core';
import type { RawImage } from './rawImage.js';

/** In place of the number of a row or column: it is black. */
const OUTSIDE = -1;

/** A picture made of the given rows and columns of another, as {@link within} names them. */
export function pickPixels(
  { data, width, channels }: RawImage,
  rows: readonly number[],
  columns: readonly number[],
): RawImage {
  const picked = new Uint8Array(rows.length * columns.length * channels);
  for (const [y, row] of rows.entries()) {
    if (row === OUTSIDE) continue;
    for (let x = 0; x < columns.length; x++) {
      const column = columns[x]!;
      if (column === OUTSIDE) continue;
      const [to, from] = [(y * columns.length + x) * channels, (row * width + column) * channels];
      for (let c = 0; c < channels; c++) picked[to + c] = data[from + c]!;
    }
  }
  return { data: picked, width: columns.length, height: rows.length, channels };
}

/**
 * The row or column that is seen at `place`, which may lie beyond the `full` ones there are.
 *
 * @param edge How many rows or columns the outermost pixel takes, about whose middle a picture is mirrored
 *   (default 1; 0: about its outer edge).
 */
export function within(place: number, full: number, padMode: PadMode, edge = 1): number {
  if (place >= 0 && place < full) return place;
  if (padMode === 'zeros') return OUTSIDE;
  const axis = (edge - 1) / 2;
  const period = 2 * (full - edge);
  if (padMode === 'border' || period <= 0) return Math.min(Math.max(place, 0), full - 1);
  const folded = Math.abs(place - axis) % period;
  return Math.min(folded, period - folded) + axis;
}
