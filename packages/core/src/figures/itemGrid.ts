import { checkInteger } from '../checkNumber.js';
import type { Figure } from './figure.js';
import { type ImageCell, type ImageGridOptions, imageGrid } from './imageGrid.js';

/** Options of {@link itemGrid}. */
export interface ItemGridOptions extends ImageGridOptions {
  /** Number of rows (default: as many as the items need). */
  nrows?: number;
  /** Items per row (default: as many as `nrows` needs, otherwise such that the figure is roughly square). */
  columns?: number;
}

/**
 * Draws items in a grid, each with its images side by side. If `nrows` and `columns` are both given, only the items that fit
 * are drawn.
 *
 * @param items The images of each item, the same number for all.
 * @throws ArgumentError when there are no items, or `nrows` or `columns` is not an integer ≥ 1.
 */
export async function itemGrid(
  items: readonly (readonly ImageCell[])[],
  { nrows, columns, ...layout }: ItemGridOptions = {},
): Promise<Figure> {
  if (nrows !== undefined) checkInteger('nrows', nrows, { min: 1 });
  if (columns !== undefined) checkInteger('columns', columns, { min: 1 });
  const images = items[0]?.length ?? 1;
  const perRow = columns ?? Math.ceil(nrows ? items.length / nrows : Math.sqrt(items.length / images));
  const drawn = items.slice(0, nrows ? nrows * perRow : undefined);
  return imageGrid(drawn.flat(), {
    ...layout,
    columns: Math.max(1, Math.min(perRow, items.length)) * images,
  });
}
