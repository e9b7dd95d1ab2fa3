import type * as Vega from 'vega';
import type * as VegaLite from 'vega-lite';
import { nodePackage } from '../nodePackage.js';
import { figureTheme } from './figureTheme.js';
import { textWidth } from './textWidth.js';

/** A chart as Vega-Lite describes it: https://vega.github.io/vega-lite/docs/spec.html. */
export type VegaLiteSpec = Readonly<Record<string, unknown>>;

/**
 * The SVG of a chart whose data is in its specification, at once.
 *
 * Vega's own `view.toSVG()` gives the same, but later, and leaves too much room for text, which it takes to be half as
 * wide again as it is.
 */
export function drawChart(spec: VegaLiteSpec): string {
  const vega = nodePackage<typeof Vega & VegaRenderers>('vega');
  const vegaLite = nodePackage<typeof VegaLite>('vega-lite');
  return withTextWidths(vega.textMetrics, () => draw(vega, vegaLite, spec));
}

function draw(vega: typeof Vega & VegaRenderers, vegaLite: typeof VegaLite, spec: VegaLiteSpec): string {
  const compiled = vegaLite.compile(spec as unknown as VegaLite.TopLevelSpec, { config: figureTheme });
  const view = new vega.View(vega.parse(compiled.spec), { renderer: 'none' }).run() as unknown as DrawnView;
  try {
    const { left, right, top, bottom } = view.padding();
    const [x, y] = view.origin();
    const [width, height] = [view._viewWidth + left + right, view._viewHeight + top + bottom];
    return new vega.SVGStringRenderer()
      .initialize(null, width, height, [left + x, top + y], 1)
      .background(view.background())
      .render(view.scenegraph().root)
      .svg();
  } finally {
    view.finalize();
  }
}

/** Runs `work` while Vega measures text as we do, unless it has a canvas to measure it on. */
function withTextWidths<T>(metrics: TextMetrics, work: () => T): T {
  const before = metrics.width;
  if (before === metrics.estimateWidth) {
    metrics.width = ({ fontSize = 11, limit }, text) => {
      const width = textWidth(String(text ?? ''), fontSize);
      return limit ? Math.min(limit, width) : width;
    };
  }
  try {
    return work();
  } finally {
    metrics.width = before;
  }
}

/** What Vega has and its types do not say. */
interface VegaRenderers {
  SVGStringRenderer: new () => SVGStringRenderer;
  textMetrics: TextMetrics;
}

type MeasureText = (item: { fontSize?: number; limit?: number }, text: unknown) => number;

interface TextMetrics {
  width: MeasureText;
  estimateWidth: MeasureText;
}

interface SVGStringRenderer {
  initialize(el: null, width: number, height: number, origin: [number, number], scale: number): this;
  background(colour: Vega.Color): this;
  render(scene: unknown): this;
  svg(): string;
}

interface DrawnView extends Pick<Vega.View, 'background' | 'finalize' | 'origin'> {
  readonly _viewWidth: number;
  readonly _viewHeight: number;
  padding(): Record<'left' | 'right' | 'top' | 'bottom', number>;
  scenegraph(): { root: unknown };
}
