import type Sharp from 'sharp';
import type * as Vega from 'vega';
import type * as VegaLite from 'vega-lite';
import { ArgumentError } from '../errors.js';
import { nodePackage } from '../nodePackage.js';
import { writeFileWhole } from '../writeFileWhole.js';
import { figureTheme } from './figureTheme.js';

/** A chart as Vega-Lite describes it: https://vega.github.io/vega-lite/docs/spec.html. */
export type VegaLiteSpec = Readonly<Record<string, unknown>>;

/** Options of {@link Figure.png}. */
export interface PngOptions {
  /** Pixels of the picture for each unit of the drawing (default 2, for screens of high density). */
  scale?: number;
}

/**
 * A drawing that can be had as SVG or PNG.
 *
 * @example
 * await plotLines([{ name: 'train', points }], { title: 'learning curve' }).save('loss.png');
 */
export class Figure {
  private readonly source: VegaLiteSpec | string | (() => Promise<string>);

  /** @param source A Vega-Lite specification, the text of an SVG, or a function that makes the text. */
  constructor(source: VegaLiteSpec | string | (() => Promise<string>)) {
    this.source = source;
  }

  /** The text of its SVG. */
  async svg(): Promise<string> {
    const { source } = this;
    if (typeof source === 'string') return source;
    return typeof source === 'function' ? source() : drawChart(source);
  }

  /** The bytes of its PNG. */
  async png({ scale = 2 }: PngOptions = {}): Promise<Uint8Array> {
    if (!(scale > 0 && scale <= 20)) {
      throw new ArgumentError(`A figure's scale must be above 0 and at most 20; got ${scale}.`);
    }
    const sharp = nodePackage<typeof Sharp>('sharp');
    return sharp(Buffer.from(await this.svg()), { density: SVG_DENSITY * scale })
      .png()
      .toBuffer();
  }

  /**
   * Writes it to a file, whole or not at all.
   *
   * @param path Where; its ending `.svg` or `.png` says as what. Missing folders are made.
   * @returns The path.
   * @throws ArgumentError when the ending is another.
   */
  async save(path: string, options: PngOptions = {}): Promise<string> {
    await writeFileWhole(path, await this.encode(path, options));
    return path;
  }

  private encode(path: string, options: PngOptions): Promise<string | Uint8Array> {
    if (path.endsWith('.svg')) return this.svg();
    if (path.endsWith('.png')) return this.png(options);
    throw new ArgumentError(`A figure is saved as .svg or .png; got '${path}'.`);
  }
}

/** The density at which one unit of an SVG is one pixel. */
const SVG_DENSITY = 72;

async function drawChart(spec: VegaLiteSpec): Promise<string> {
  const vega = nodePackage<typeof Vega>('vega');
  const vegaLite = nodePackage<typeof VegaLite>('vega-lite');
  const compiled = vegaLite.compile(spec as unknown as VegaLite.TopLevelSpec, { config: figureTheme });
  const view = new vega.View(vega.parse(compiled.spec), { renderer: 'none' });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}
