import { Figure } from './figure.js';
import { ink } from './figureTheme.js';

/** A named line through points, in their order of x. */
export interface Line {
  name: string;
  points: readonly { x: number; y: number }[];
}

/** Options of {@link plotLines}. */
export interface PlotLinesOptions {
  /** Written above (default nothing). */
  title?: string;
  /** Written under the horizontal axis (default nothing). */
  xLabel?: string;
  /** Written beside the vertical axis (default nothing). */
  yLabel?: string;
  /** Whether the horizontal axis is logarithmic, as for learning rates (default false). */
  logX?: boolean;
  /** Whether the vertical axis is logarithmic (default false). */
  logY?: boolean;
  /** From where to where the horizontal axis reaches (default: as far as the points). */
  xDomain?: readonly [number, number];
  /** From where to where the vertical axis reaches (default: as far as the points). */
  yDomain?: readonly [number, number];
  /** Width of the plot without its labels (default 560). */
  width?: number;
  /** Height of the plot without its labels (default 320). */
  height?: number;
  /** Places on the horizontal axis at each of which a dotted line stands, such as the ends of epochs (default none). */
  marks?: readonly number[];
}

/** Up to so many points of a line are marked, since the line between them is not data. */
const MARKED_POINTS = 30;

/**
 * Lines over common axes, with a legend where there are several. Points that are not finite, or not above 0 on a
 * logarithmic axis, are left out.
 *
 * @example
 * plotLines([{ name: 'loss', points: losses.map((y, x) => ({ x, y })) }], { yLabel: 'loss' });
 */
export function plotLines(
  lines: readonly Line[],
  {
    title = '',
    xLabel = '',
    yLabel = '',
    logX = false,
    logY = false,
    xDomain,
    yDomain,
    width = 560,
    height = 320,
    marks = [],
  }: PlotLinesOptions = {},
): Figure {
  const fits = (value: number, isLog: boolean) => Number.isFinite(value) && (value > 0 || !isLog);
  const values = lines.flatMap(({ name, points }) =>
    points
      .filter(({ x, y }) => fits(x, logX) && fits(y, logY))
      .map(({ x, y }) => ({ name, x, y, isMarked: points.length <= MARKED_POINTS })),
  );
  const names = lines.map(({ name }) => name);
  const channel = (
    field: string,
    label: string,
    isLog: boolean,
    domain: PlotLinesOptions['xDomain'],
    axis: object,
  ) => ({
    field,
    type: 'quantitative',
    title: label || null,
    scale: {
      ...(isLog ? { type: 'log', nice: false } : { zero: false, nice: !domain }),
      ...(domain && { domain }),
    },
    axis: { ...axis, ...(isLog && { format: '~e' }) },
  });
  return new Figure({
    $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
    ...(title && { title }),
    width,
    height,
    data: { values },
    encoding: {
      x: channel('x', xLabel, logX, xDomain, { grid: false, tickCount: 8 }),
      y: channel('y', yLabel, logY, yDomain, { tickCount: 6 }),
      color: {
        field: 'name',
        type: 'nominal',
        scale: { domain: names },
        legend: names.length > 1 ? { orient: 'top-right', offset: 4 } : null,
      },
    },
    layer: [
      ...(marks.length > 0
        ? [
            {
              data: { values: marks.filter((x) => fits(x, logX)).map((x) => ({ x })) },
              mark: { type: 'rule', strokeDash: [2, 3] },
              encoding: { y: { value: 0 }, y2: { value: 'height' }, color: { value: ink.soft } },
            },
          ]
        : []),
      { mark: { type: 'line', strokeWidth: 2, interpolate: 'linear', strokeJoin: 'round' } },
      {
        transform: [{ filter: 'datum.isMarked' }],
        mark: { type: 'point', filled: true, size: 36, opacity: 1 },
      },
    ],
  });
}
