import type Sharp from 'sharp';
import { ArgumentError } from '../errors.js';
import { writeFileWhole } from '../files/writeFileWhole.js';
import { nodePackage } from '../nodePackage.js';
import { drawChart, type VegaLiteSpec } from './drawChart.js';

/** Options of {@link Figure.png}. */
export interface PngOptions {
  /** Pixels of the picture for each unit of the drawing (default 2, for screens of high density). */
  scale?: number;
}

/**
 * A drawing that can be had as SVG or PNG. In a notebook (tslab) it appears where it is the last expression of a cell, or
 * is given to `console.log`.
 *
 * @example
 * await plotLines([{ name: 'train', points }], { title: 'learning curve' }).save('loss.png');
 */
export class Figure {
  private readonly source: VegaLiteSpec | string;

  /** @param source A Vega-Lite specification whose data is in it, or the text of an SVG. */
  constructor(source: VegaLiteSpec | string) {
    this.source = source;
  }

  /** The text of its SVG. */
  async svg(): Promise<string> {
    return this.draw();
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

  /** Node asks this of what is written to the console, as tslab does with a cell's value. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    const { __tslab__: tslab } = globalThis as { __tslab__?: { require(name: 'tslab'): Tslab } };
    if (!tslab) return 'Figure';
    tslab.require('tslab').display.svg(this.draw());
    return '';
  }

  /** Synchronous, since a notebook shows only what it gets while the cell runs. */
  private draw(): string {
    return typeof this.source === 'string' ? this.source : drawChart(this.source);
  }

  private encode(path: string, options: PngOptions): Promise<string | Uint8Array> {
    if (path.endsWith('.svg')) return this.svg();
    if (path.endsWith('.png')) return this.png(options);
    throw new ArgumentError(`A figure is saved as .svg or .png; got '${path}'.`);
  }
}

/** The density at which one unit of an SVG is one pixel. */
const SVG_DENSITY = 72;

/** What a cell of a tslab notebook gets by `import * as tslab from 'tslab'`, as far as it is used here. */
interface Tslab {
  display: { svg(text: string): void };
}
