import { ArgumentError } from '../errors.js';
import { writeFileWhole } from '../files/writeFileWhole.js';
import { loadSharp } from '../sharp.js';

/** Options of {@link Figure.png}. */
export interface PngOptions {
  /** Pixels of the image per unit of the drawing (default: 2, for high-density screens). */
  scale?: number;
}

/**
 * A drawing, available as SVG or PNG. A notebook (tslab) shows it when it is the last expression of a cell or is passed
 * to `console.log`.
 *
 * @example
 * await plotLines([{ name: 'train', points }], { title: 'learning curve' }).save('loss.png');
 */
export class Figure {
  private readonly text: string;

  /** @param svg SVG source, for example from any charting library. */
  constructor(svg: string) {
    this.text = svg;
  }

  /** The SVG source. */
  svg(): string {
    return this.text;
  }

  /** The PNG file's bytes. Node only. */
  async png({ scale = 2 }: PngOptions = {}): Promise<Uint8Array> {
    if (!(scale > 0 && scale <= 20)) {
      throw new ArgumentError(`A figure's scale must be greater than 0 and at most 20, got ${scale}.`);
    }
    const sharp = await loadSharp();
    return sharp(Buffer.from(this.text), { density: SVG_DENSITY * scale })
      .png()
      .toBuffer();
  }

  /**
   * Writes the figure to a file atomically. Node only.
   *
   * @param path The file's path, ending in `.svg` or `.png`; missing folders are created.
   * @returns The path.
   * @throws ArgumentError for any other extension.
   */
  async save(path: string, options: PngOptions = {}): Promise<string> {
    await writeFileWhole(path, await this.encode(path, options));
    return path;
  }

  /** Called by Node when the figure is written to the console, as tslab does with a cell's value. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    const { __tslab__: tslab } = globalThis as { __tslab__?: { require(name: 'tslab'): Tslab } };
    if (!tslab) return 'Figure';
    tslab.require('tslab').display.svg(this.text);
    return '';
  }

  private async encode(path: string, options: PngOptions): Promise<string | Uint8Array> {
    if (path.endsWith('.svg')) return this.text;
    if (path.endsWith('.png')) return this.png(options);
    throw new ArgumentError(`A figure's path must end in .svg or .png, got '${path}'.`);
  }
}

/** The density at which one SVG unit is one pixel. */
const SVG_DENSITY = 72;

/** The part of the tslab module (`import * as tslab from 'tslab'`) used here. */
interface Tslab {
  display: { svg(text: string): void };
}
