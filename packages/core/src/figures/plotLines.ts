import { axesRoom, drawAxes, horizontalScale } from './axes.js';
import type { Figure } from './figure.js';
import { ink, palette } from './figureTheme.js';
import { frame, type LegendEntry } from './frame.js';
import { makeScale } from './scale.js';
import { type Drawing, element, figureOf, pathThrough } from './svg.js';

/** A named line through points, in order. */
export interface Line {
  name: string;
  points: readonly { x: number; y: number }[];
}

/** A named, highlighted point, such as the suggested learning rate on its curve. */
export interface Highlight {
  name: string;
  x: number;
  y: number;
}

/** Options of {@link plotLines}. */
export interface PlotLinesOptions {
  /** Title above the plot (default: none). */
  title?: string;
  /** Label of the horizontal axis (default: none). */
  xLabel?: string;
  /** Label of the vertical axis (default: none). */
  yLabel?: string;
  /** Whether the horizontal axis is logarithmic, as for learning rates (default: false). */
  logX?: boolean;
  /** Whether the vertical axis is logarithmic (default: false). */
  logY?: boolean;
  /** Range of the horizontal axis (default: fitted to the points). */
  xDomain?: readonly [number, number];
  /** Range of the vertical axis (default: fitted to the points). */
  yDomain?: readonly [number, number];
  /** Width of the plot without labels (default: 560). */
  width?: number;
  /** Height of the plot without labels (default: 320). */
  height?: number;
  /** Positions of dotted vertical lines, such as the ends of epochs (default: none). */
  marks?: readonly number[];
  /** Points shown as large dots and named in the legend (default: none). */
  highlights?: readonly Highlight[];
}

/**
 * Plots lines over common axes, with a legend if there are several. A line is interrupted at points that are not finite,
 * or not positive on a logarithmic axis.
 *
 * @throws ArgumentError when `xDomain` or `yDomain` is not finite, or not positive on a logarithmic axis.
 * @example
 * plotLines([{ name: 'loss', points: losses.map((y, x) => ({ x, y })) }], { yLabel: 'loss' });
 */
export function plotLines(lines: readonly Line[], options: PlotLinesOptions = {}): Figure {
  return figureOf(drawLines(lines, options));
}

/** Axis labels: the maximum number of horizontal ones, and about one vertical one per this many units. */
const LABELS = { across: 8, up: 55 };
/** Lines with at most this many points have their points marked, since the segments between them are not data. */
const MARKED_POINTS = 30;
const POINT_RADIUS = 3.4;
/** How far dots and line widths may extend beyond the axes. */
const OVERHANG = 6;
/** Lines beyond the palette repeat its colors with dashes. */
const DASHES = [undefined, '7 3', '2 3'];

/** Everything that {@link plotLines} shows. */
export function drawLines(
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
    highlights = [],
  }: PlotLinesOptions = {},
): Drawing {
  const fits = (value: number, log: boolean) => Number.isFinite(value) && (value > 0 || !log);
  const isShown = (point: Point) => fits(point.x, logX) && fits(point.y, logY);
  const shown = [...lines.flatMap(({ points }) => points), ...highlights].filter(isShown);
  const [xs, ys] = [shown.map((point) => point.x), shown.map((point) => point.y)];
  const x = horizontalScale(xs, { log: logX, domain: xDomain, count: LABELS.across }, width);
  const yCount = Math.max(2, Math.round(height / LABELS.up));
  const y = makeScale(ys, { log: logY, domain: yDomain, count: yCount });
  const place = (point: Point): Place => [x.position(point.x) * width, (1 - y.position(point.y)) * height];

  const entries = [...lines, ...highlights].map(
    ({ name }, i): LegendEntry => ({
      name,
      symbol: i < lines.length ? 'line' : 'dot',
      color: palette[i % palette.length]!,
      dash: DASHES[Math.floor(i / palette.length) % DASHES.length],
    }),
  );
  const content = [
    ...marks.filter((mark) => fits(mark, logX)).map((mark) => drawMark(x.position(mark) * width, height)),
    ...lines.map(({ points }, i) => {
      const runs = runsOf(points, isShown).map((run) => run.map(place));
      return drawRuns(runs, points.length <= MARKED_POINTS, entries[i]!);
    }),
    // Earlier dots are larger, so that several at the same position show as rings.
    ...highlights.map((highlight, i) =>
      isShown(highlight)
        ? drawDot(place(highlight), 5.4 * Math.sqrt(highlights.length - i), entries[lines.length + i]!.color)
        : '',
    ),
  ];
  return frame(drawAxes(x, y, width, height) + clip(content, width, height), {
    width,
    height,
    title,
    xLabel,
    yLabel,
    legend: lines.length > 1 ? entries : entries.slice(lines.length),
    room: axesRoom(x, y, width),
  });
}

type Point = Pick<Highlight, 'x' | 'y'>;
type Place = readonly [x: number, y: number];

/** Splits a line into runs of points at those that cannot be shown. */
function runsOf(points: readonly Point[], isShown: (point: Point) => boolean): Point[][] {
  const runs: Point[][] = [[]];
  for (const point of points) {
    if (isShown(point)) runs.at(-1)!.push(point);
    else runs.push([]);
  }
  return runs.filter(({ length }) => length > 0);
}

function drawRuns(runs: readonly Place[][], isMarked: boolean, { color, dash }: LegendEntry): string {
  const path = element('path', {
    d: runs.map(pathThrough).join(''),
    fill: 'none',
    stroke: color,
    'stroke-width': 2,
    'stroke-linejoin': 'round',
    'stroke-linecap': 'round',
    'stroke-dasharray': dash,
  });
  const dots = isMarked ? runs.flat().map((place) => drawDot(place, POINT_RADIUS, color)) : [];
  return runs.length > 0 ? [path, ...dots].join('') : '';
}

function drawDot([cx, cy]: Place, r: number, fill: string): string {
  return element('circle', { cx, cy, r, fill });
}

function drawMark(x: number, height: number): string {
  return element('line', { x1: x, x2: x, y1: 0, y2: height, stroke: ink.soft, 'stroke-dasharray': '2,3' });
}

/** Clips to the axes of a plot, since a domain may exclude points. */
function clip(content: readonly string[], width: number, height: number): string {
  const [x, wide, high] = [-OVERHANG, width + 2 * OVERHANG, height + 2 * OVERHANG];
  const viewBox = `${x} ${x} ${wide} ${high}`;
  return element('svg', { x, y: x, width: wide, height: high, viewBox }, ...content);
}
