import { ink } from './figureTheme.js';
import { makeScale, type Scale, type ScaleOptions } from './scale.js';
import { element, textElement } from './svg.js';
import { textWidth } from './textWidth.js';

const FONT_SIZE = 11;
const TICK = { labeled: 5, minor: 3 };
const PADDING = 6;
/** Minimum gap between two neighboring labels. */
const GAP = 10;

/** The horizontal scale with the most labels, up to `count`, that fit side by side. */
export function horizontalScale(
  values: readonly number[],
  { count, ...options }: ScaleOptions,
  width: number,
): Scale {
  const scale = makeScale(values, { count, ...options });
  const places = scale.ticks.map((tick) => scale.position(tick) * width);
  const widths = scale.labels.map(labelWidth);
  const isCrowded = widths.some((label, i) => {
    if (i === 0) return false;
    return Math.abs(places[i]! - places[i - 1]!) < (widths[i - 1]! + label) / 2 + GAP;
  });
  return isCrowded && count > 2 ? horizontalScale(values, { count: count - 1, ...options }, width) : scale;
}

/** The axes of a plot from (0, 0) to (`width`, `height`), with grid lines at the labels of the vertical axis. */
export function drawAxes(x: Scale, y: Scale, width: number, height: number): string {
  const text = { 'font-size': FONT_SIZE, fill: ink.soft };
  const across = (value: number) => x.position(value) * width;
  const up = (value: number) => (1 - y.position(value)) * height;
  const tick = (value: number, length: number) =>
    element('line', {
      x1: across(value),
      x2: across(value),
      y1: height,
      y2: height + length,
      stroke: ink.soft,
    });
  const rows = y.ticks.flatMap((value, i) => [
    element('line', { x1: 0, x2: width, y1: up(value), y2: up(value), stroke: ink.faint }),
    textElement(y.labels[i]!, { x: -PADDING, y: up(value) + 4, 'text-anchor': 'end', ...text }),
  ]);
  const columns = x.ticks.flatMap((value, i) => [
    tick(value, TICK.labeled),
    textElement(x.labels[i]!, {
      x: across(value),
      y: height + TICK.labeled + PADDING + FONT_SIZE - 2,
      'text-anchor': 'middle',
      ...text,
    }),
  ]);
  const base = element('line', { x1: 0, x2: width, y1: height, y2: height, stroke: ink.soft });
  return [...rows, ...x.minorTicks.map((value) => tick(value, TICK.minor)), ...columns, base].join('');
}

/** The space that the labels of {@link drawAxes} take outside the plot. */
export function axesRoom(x: Scale, y: Scale, width: number): { left: number; right: number; bottom: number } {
  const beyond = x.ticks.map((tick, i) => labelWidth(x.labels[i]!) / 2 - (1 - x.position(tick)) * width);
  return {
    left: Math.max(0, ...y.labels.map(labelWidth)) + PADDING,
    right: Math.max(0, ...beyond),
    bottom: TICK.labeled + PADDING + FONT_SIZE,
  };
}

function labelWidth(label: string): number {
  return textWidth(label, FONT_SIZE);
}
