import { Figure } from './figure.js';
import { ink } from './figureTheme.js';

/** Options of {@link plotMatrix}. */
export interface PlotMatrixOptions {
  /** The rows' names, from the top. */
  rows: readonly string[];
  /** The columns' names, from the left. */
  columns: readonly string[];
  /** Written above (default nothing). */
  title?: string;
  /** Written under the columns (default nothing). */
  xLabel?: string;
  /** Written beside the rows (default nothing). */
  yLabel?: string;
  /** What is written into a cell (default nothing). */
  text?: (value: number) => string;
}

/** The side of a cell, where there are few, and of the whole, where there are many. */
const [CELL, WHOLE] = [44, 720];
const SMALLEST_CELL = 8;
/** Names that are longer are cut short. */
const LONGEST_NAME = 320;

/** From nothing to most: ColorBrewer's Blues, as fastai's matrices have. */
const blues = ['f7fbff', 'deebf7', 'c6dbef', '9ecae1', '6baed6', '4292c6', '2171b5', '08519c', '08306b'];

/**
 * A matrix as squares, the darker the higher their value.
 *
 * @example
 * plotMatrix([[9, 1], [2, 8]], { rows: ['cat', 'dog'], columns: ['cat', 'dog'], text: String });
 */
export function plotMatrix(
  matrix: readonly (readonly number[])[],
  { rows, columns, title = '', xLabel = '', yLabel = '', text }: PlotMatrixOptions,
): Figure {
  const values = matrix.flatMap((row, i) =>
    row.map((value, k) => ({ row: rows[i], column: columns[k], value, text: text?.(value) })),
  );
  const highest = values.reduce((high, { value }) => Math.max(high, value), 0);
  const step = Math.max(SMALLEST_CELL, Math.min(CELL, WHOLE / Math.max(rows.length, columns.length)));
  const axis = { ticks: false, domain: false, grid: false, labelLimit: LONGEST_NAME };
  return new Figure({
    $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
    ...(title && { title }),
    width: { step },
    height: { step },
    data: { values },
    encoding: {
      x: {
        field: 'column',
        type: 'ordinal',
        sort: null,
        title: xLabel || null,
        axis: { ...axis, labelAngle: -90 },
      },
      y: { field: 'row', type: 'ordinal', sort: null, title: yLabel || null, axis },
    },
    layer: [
      {
        mark: 'rect',
        encoding: {
          color: {
            field: 'value',
            type: 'quantitative',
            scale: {
              domain: blues.map((_, i) => ((highest || 1) * i) / (blues.length - 1)),
              range: blues.map((blue) => `#${blue}`),
            },
            legend: null,
          },
        },
      },
      ...(text
        ? [
            {
              mark: { type: 'text', fontSize: Math.min(13, step / 3) },
              encoding: {
                text: { field: 'text' },
                color: {
                  condition: { test: `datum.value > ${highest / 2}`, value: 'white' },
                  value: ink.strong,
                },
              },
            },
          ]
        : []),
    ],
  });
}
