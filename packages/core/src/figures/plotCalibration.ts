import { ArgumentError } from '../errors.js';
import { axesRoom, drawAxes, horizontalScale } from './axes.js';
import type { Figure } from './figure.js';
import { ink, palette } from './figureTheme.js';
import { frame, type LegendEntry, sideways } from './frame.js';
import { makeScale, type Scale } from './scale.js';
import { element, figureOf, moved, pathThrough } from './svg.js';

/** The predictions of a model, in bins of equal width from confidence 0 to 1. */
export interface CalibrationCurve {
  name: string;
  /** Number of items, mean confidence and accuracy per bin; the latter two are not used for empty bins. */
  bins: readonly { count: number; confidence: number; accuracy: number }[];
}

/** Options of {@link plotCalibration}. */
export interface PlotCalibrationOptions {
  /** Title above the plot (default: none). */
  title?: string;
  /** Label of the horizontal axis (default `'Confidence'`). */
  xLabel?: string;
  /** Label of the vertical axis (default `'Accuracy'`). */
  yLabel?: string;
}

/** Side of the square, height of the counts below it, and the space between them. */
const [SIDE, COUNTS, BETWEEN] = [360, 80, 40];
const LABEL_SIZE = 12;
const DOT = 4;

/**
 * Plots accuracy over confidence beside the diagonal, on which both are equal, and the number of items per bin below. One
 * model is shown as bars, with the gaps between accuracy and confidence; several are shown as lines.
 *
 * @throws ArgumentError when there is no curve.
 */
export function plotCalibration(
  curves: readonly CalibrationCurve[],
  { title = '', xLabel = 'Confidence', yLabel = 'Accuracy' }: PlotCalibrationOptions = {},
): Figure {
  if (curves.length === 0) throw new ArgumentError('plotCalibration needs at least one curve, got none.');
  const colors = curves.map((_, i) => palette[i % palette.length]!);
  const x = horizontalScale([], { log: false, domain: [0, 1], count: 5 }, SIDE);
  const y = makeScale([], { log: false, domain: [0, 1], count: 5 });
  const largest = Math.max(2, ...curves.flatMap(({ bins }) => bins.map(({ count }) => count)));
  const counts = makeScale([0, largest], { log: false, count: 2 });
  const left = Math.max(axesRoom(x, y, SIDE).left, axesRoom(x, counts, SIDE).left);
  const below = SIDE + BETWEEN;
  const label = { 'font-size': LABEL_SIZE, fill: ink.soft, 'text-anchor': 'middle' };
  const [only, ...others] = curves;
  const content = [
    drawAxes(x, y, SIDE, SIDE),
    ...(others.length === 0 ? drawBars(only!) : []),
    element('line', { x1: 0, y1: SIDE, x2: SIDE, y2: 0, stroke: ink.strong, 'stroke-dasharray': '5 4' }),
    ...(others.length === 0 ? [] : curves.map((curve, i) => drawCurve(curve, colors[i]!))),
    moved(0, below, drawAxes(x, counts, SIDE, COUNTS), ...drawCounts(curves, colors, counts)),
    sideways(yLabel, -left - LABEL_SIZE, SIDE / 2, label),
    sideways('Items', -left - LABEL_SIZE, below + COUNTS / 2, label),
  ];
  const models = curves.map(({ name }, i): LegendEntry => ({ name, symbol: 'line', color: colors[i]! }));
  const { right, bottom } = axesRoom(x, counts, SIDE);
  return figureOf(
    frame(content.join(''), {
      width: SIDE,
      height: below + COUNTS,
      title,
      xLabel,
      yLabel: '',
      legend: others.length === 0 ? barLegend(xLabel, yLabel) : models,
      room: { left: left + 2 * LABEL_SIZE, right, bottom },
    }),
  );
}

const [ACCURACY, OVER, UNDER] = [palette[0]!, palette[1]!, palette[2]!];

function barLegend(xLabel: string, yLabel: string): LegendEntry[] {
  return [
    { name: yLabel, symbol: 'line', color: ACCURACY },
    { name: `${xLabel} too high`, symbol: 'line', color: OVER },
    { name: `${xLabel} too low`, symbol: 'line', color: UNDER },
  ];
}

/** A bar of accuracy per bin, and over it the gap between accuracy and mean confidence. */
function drawBars({ bins }: CalibrationCurve): string[] {
  const width = SIDE / bins.length;
  return bins.flatMap(({ count, confidence, accuracy }, i) => {
    if (count === 0) return [];
    const bar = (from: number, to: number, fill: string) =>
      drawBar({ x: i * width, y: (1 - to) * SIDE, width, height: (to - from) * SIDE, fill });
    return [
      bar(0, accuracy, ACCURACY),
      // Above the bar, or within it.
      confidence > accuracy ? bar(accuracy, confidence, OVER) : bar(confidence, accuracy, UNDER),
    ];
  });
}

/** The accuracies at the mean confidences of the bins that are not empty. */
function drawCurve({ bins }: CalibrationCurve, color: string): string {
  const places = bins
    .filter(({ count }) => count > 0)
    .map(({ confidence, accuracy }) => [confidence * SIDE, (1 - accuracy) * SIDE] as const);
  if (places.length === 0) return '';
  const line = { fill: 'none', stroke: color, 'stroke-width': 2, 'stroke-linejoin': 'round' };
  const dots = places.map(([cx, cy]) => element('circle', { cx, cy, r: DOT, fill: color }));
  return [element('path', { d: pathThrough(places), ...line }), ...dots].join('');
}

/** The number of items per bin, with the bars of several models side by side. */
function drawCounts(curves: readonly CalibrationCurve[], colors: readonly string[], scale: Scale): string[] {
  return curves.flatMap(({ bins }, k) => {
    const width = SIDE / bins.length / curves.length;
    return bins.map(({ count }, i) => {
      if (count === 0) return '';
      const height = scale.position(count) * COUNTS;
      const x = (i * curves.length + k) * width;
      return drawBar({ x, y: COUNTS - height, width, height, fill: colors[k]! });
    });
  });
}

/** A rectangle and its color. */
interface Bar {
  x: number;
  y: number;
  width: number;
  height: number;
  fill: string;
}

/** A bar with a gap to its neighbors. */
function drawBar({ x, y, width, height, fill }: Bar): string {
  const gap = Math.min(1, width / 4);
  const [left, wide] = [x + gap / 2, width - gap];
  return element('rect', { x: left, y, width: wide, height, fill });
}
