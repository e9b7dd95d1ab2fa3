import type { Figure } from './figure.js';
import { blues, ink, inkOn, type Rgb } from './figureTheme.js';
import { frame, sideways } from './frame.js';
import { element, figureOf, textElement } from './svg.js';
import { shorten, textWidth } from './textWidth.js';

/** Options of {@link plotMatrix}. */
export interface PlotMatrixOptions {
  /** Row names, from the top. */
  rows: readonly string[];
  /** Column names, from the left. */
  columns: readonly string[];
  /** Title above the matrix (default: none). */
  title?: string;
  /** Label below the columns (default: none). */
  xLabel?: string;
  /** Label beside the rows (default: none). */
  yLabel?: string;
  /** Formats the text of a cell (default: cells have no text). */
  text?: (value: number) => string;
}

/** The side of a cell when there are few cells, and of the whole matrix when there are many. */
const [CELL, WHOLE] = [44, 720];
const SMALLEST_CELL = 8;
/** Maximum width of names; longer ones are truncated. */
const LONGEST_NAME = 320;
const NAME_SIZE = 11;
const PADDING = 6;

/**
 * Draws a matrix as squares; higher values are darker.
 *
 * @example
 * plotMatrix([[9, 1], [2, 8]], { rows: ['cat', 'dog'], columns: ['cat', 'dog'], text: String });
 */
export function plotMatrix(
  matrix: readonly (readonly number[])[],
  { rows, columns, title = '', xLabel = '', yLabel = '', text }: PlotMatrixOptions,
): Figure {
  const highest = matrix
    .flat()
    .filter(Number.isFinite)
    .reduce((high, value) => Math.max(high, value), 0);
  const side = Math.max(SMALLEST_CELL, Math.min(CELL, WHOLE / Math.max(rows.length, columns.length)));
  const [width, height] = [side * columns.length, side * rows.length];
  const middle = (index: number) => (index + 0.5) * side;
  const cells = matrix.flatMap((row, i) =>
    row.map((value, k) => {
      const fill = `rgb(${colorOf(value / (highest || 1)).join(', ')})`;
      return element('rect', { x: k * side, y: i * side, width: side, height: side, fill });
    }),
  );
  const size = Math.min(13, side / 3);
  const numbers = matrix.flatMap((row, i) =>
    row.map((value, k) =>
      textElement(text?.(value) ?? '', {
        x: middle(k),
        y: middle(i) + 0.35 * size,
        'font-size': size,
        'text-anchor': 'middle',
        fill: inkOn(colorOf(value / (highest || 1))),
      }),
    ),
  );
  const [rowNames, columnNames] = [rows.map(shortName), columns.map(shortName)];
  const look = { 'font-size': NAME_SIZE, fill: ink.soft, 'text-anchor': 'end' };
  const content = [
    ...cells,
    ...(text ? numbers : []),
    ...rowNames.map((name, i) => textElement(name, { x: -PADDING, y: middle(i) + 4, ...look })),
    ...columnNames.map((name, k) => sideways(name, middle(k) + 4, height + PADDING, look)),
  ];
  return figureOf(
    frame(content.join(''), {
      width,
      height,
      title,
      xLabel,
      yLabel,
      room: { left: widest(rowNames) + PADDING, right: 0, bottom: widest(columnNames) + PADDING },
    }),
  );
}

function colorOf(share: number): Rgb {
  return Number.isFinite(share) ? blues(Math.max(0, share)) : [255, 255, 255];
}

function shortName(name: string): string {
  return shorten(name, NAME_SIZE, LONGEST_NAME);
}

function widest(names: readonly string[]): number {
  return Math.max(0, ...names.map((name) => textWidth(name, NAME_SIZE)));
}
