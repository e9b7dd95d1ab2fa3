import { ink } from './figureTheme.js';
import { type Attributes, type Drawing, element, moved, textElement } from './svg.js';
import { shorten, textWidth, wrap } from './textWidth.js';

/** The elements around a plot. Lengths are in SVG units. */
export interface FrameOptions {
  /** Size of the plot itself. */
  width: number;
  height: number;
  /** Title above the plot, wrapped as needed; empty for none. */
  title: string;
  /** Label below the plot and its tick labels; empty for none. */
  xLabel: string;
  /** Label beside the plot and its tick labels; empty for none. */
  yLabel: string;
  /** Legend of the plot's colors, between title and plot. */
  legend?: readonly LegendEntry[];
  /** Space for the plot's tick labels. */
  room: { left: number; right: number; bottom: number };
}

/** A legend entry: a name with the symbol, a line or a dot, that it explains. */
export interface LegendEntry {
  name: string;
  symbol: 'line' | 'dot';
  color: string;
  /** Lengths of dashes and gaps. */
  dash?: string | undefined;
}

const MARGIN = 16;
/** Bold letters are wider: about as wide as regular ones at a font size of `widthSize`. */
const TITLE = { fontSize: 16, widthSize: 19, lineHeight: 20, below: 12 };
const LEGEND = { fontSize: 12, lineHeight: 18, below: 8, symbol: 18, gap: 6, between: 20 };
const LABEL = { fontSize: 12, room: 24 };
/** A small figure is widened up to this width for its title, before the title is wrapped. */
const TITLE_WIDTH = 320;

/** A plot with its title, legend and axis labels. `plot` is drawn from (0, 0) to (`width`, `height`). */
export function frame(
  plot: string,
  { width, height, title, xLabel, yLabel, legend = [], room }: FrameOptions,
): Drawing {
  const left = room.left + (yLabel ? LABEL.room : 0);
  const titleWidth = Math.min(TITLE_WIDTH, textWidth(title, TITLE.widthSize));
  const inner = Math.max(left + width + room.right, titleWidth);
  const titleLines = title ? wrap(title, TITLE.widthSize, inner) : [];
  const legendTop = MARGIN + (title ? titleLines.length * TITLE.lineHeight + TITLE.below : 0);
  const names = legend.length > 0 ? drawLegend(legend, width) : { svg: '', height: 0 };
  const plotTop = legendTop + names.height;
  const bottom = plotTop + height + room.bottom + (xLabel ? LABEL.room : 0);
  const label = { 'font-size': LABEL.fontSize, fill: ink.soft, 'text-anchor': 'middle' };
  const svg = [
    ...titleLines.map((line, i) =>
      textElement(line, {
        x: MARGIN,
        y: MARGIN + i * TITLE.lineHeight + TITLE.fontSize - 3,
        'font-size': TITLE.fontSize,
        'font-weight': 600,
        fill: ink.strong,
      }),
    ),
    moved(MARGIN + left, legendTop, names.svg),
    moved(MARGIN + left, plotTop, plot),
    xLabel && textElement(xLabel, { x: MARGIN + left + width / 2, y: bottom - 2, ...label }),
    yLabel && sideways(yLabel, MARGIN + LABEL.fontSize - 2, plotTop + height / 2, label),
  ];
  return { svg: svg.join(''), width: inner + 2 * MARGIN, height: bottom + MARGIN };
}

/** Vertical text, read from bottom to top. */
export function sideways(text: string, x: number, y: number, attributes: Attributes): string {
  return moved(x, y, textElement(text, { transform: 'rotate(-90)', ...attributes }));
}

/** The entries in columns of equal width. */
function drawLegend(entries: readonly LegendEntry[], width: number): Drawing {
  const before = LEGEND.symbol + LEGEND.gap;
  const names = entries.map(({ name }) => shorten(name, LEGEND.fontSize, width - before));
  const column = Math.max(...names.map((name) => before + textWidth(name, LEGEND.fontSize))) + LEGEND.between;
  const columns = Math.max(1, Math.floor((width + LEGEND.between) / column));
  const drawn = entries.map((entry, i) =>
    moved(
      (i % columns) * column,
      (Math.floor(i / columns) + 0.5) * LEGEND.lineHeight,
      drawSymbol(entry),
      textElement(names[i]!, { x: before, y: 4, 'font-size': LEGEND.fontSize, fill: ink.strong }),
    ),
  );
  const height = Math.ceil(entries.length / columns) * LEGEND.lineHeight + LEGEND.below;
  return { svg: drawn.join(''), width, height };
}

function drawSymbol({ symbol, color, dash }: LegendEntry): string {
  if (symbol === 'dot') return element('circle', { cx: LEGEND.symbol / 2, cy: 0, r: 6, fill: color });
  const look = { stroke: color, 'stroke-width': 3, 'stroke-dasharray': dash };
  return element('line', { x1: 0, x2: LEGEND.symbol, y1: 0, y2: 0, ...look });
}
