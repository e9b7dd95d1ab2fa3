import type Sharp from 'sharp';
import { ArgumentError } from '../errors.js';
import { writeFileWhole } from '../files/writeFileWhole.js';
import { nodePackage } from '../nodePackage.js';

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
  private readonly text: string;

  /** @param svg The text of an SVG, such as any charting library gives. */
  constructor(svg: string) {
    this.text = svg;
  }

  /** The text of its SVG. */
  svg(): string {
    return this.text;
  }

  /** The bytes of its PNG, in Node. */
  async png({ scale = 2 }: PngOptions = {}): Promise<Uint8Array> {
    if (!(scale > 0 && scale <= 20)) {
      throw new ArgumentError(`A figure's scale must be above 0 and at most 20; got ${scale}.`);
    }
    const sharp = nodePackage<typeof Sharp>('sharp');
    return sharp(Buffer.from(this.text), { density: SVG_DENSITY * scale })
      .png()
      .toBuffer();
  }

  /**
   * Writes it to a file, whole or not at all, in Node.
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
    tslab.require('tslab').display.svg(this.text);
    return '';
  }

  private async encode(path: string, options: PngOptions): Promise<string | Uint8Array> {
    if (path.endsWith('.svg')) return this.text;
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
