import { ArgumentError } from '../errors.js';
import { encodePngUrl } from './encodePng.js';
import type { Figure } from './figure.js';
import { type Rgb, viridis } from './figureTheme.js';
import { frame } from './frame.js';
import { element, figureOf } from './svg.js';

/** Options of {@link heatMap}. */
export interface HeatMapOptions {
  /** Label below the map (default: none). */
  xLabel?: string;
  /** Label beside the map (default: none). */
  yLabel?: string;
  /** Width without labels (default: 560). */
  width?: number;
  /** Height without labels (default: 280). */
  height?: number;
}

/**
 * Draws a matrix of numbers as colors, from dark (lowest) to light (highest).
 *
 * @param rows The numbers, top row first. All rows must have the same length.
 * @throws ArgumentError when there are no numbers or the rows differ in length.
 */
export async function heatMap(
  rows: readonly (readonly number[])[],
  { xLabel = '', yLabel = '', width = 560, height = 280 }: HeatMapOptions = {},
): Promise<Figure> {
  const columns = rows[0]?.length ?? 0;
  if (columns === 0 || rows.some((row) => row.length !== columns)) {
    throw new ArgumentError(
      `A heat map needs non-empty rows of equal length, got lengths [${rows.map((row) => row.length).join(', ')}].`,
    );
  }
  const href = await encodeCells(rows, width, height);
  const image = element('image', { width, height, preserveAspectRatio: 'none', 'xlink:href': href });
  return figureOf(
    frame(image, { width, height, title: '', xLabel, yLabel, room: { left: 0, right: 0, bottom: 0 } }),
  );
}

/** An image of at least the given size in which each number is a sharp rectangle of its color. */
function encodeCells(rows: readonly (readonly number[])[], width: number, height: number): Promise<string> {
  const colors = colorsOf(rows);
  const [tall, columns] = [rows.length, rows[0]!.length];
  const size = { width: Math.max(width, columns), height: Math.max(height, tall) };
  const pixels = new Uint8Array(size.width * size.height * 3);
  for (let y = 0, at = 0; y < size.height; y++) {
    const row = colors[Math.floor((y * tall) / size.height)]!;
    for (let x = 0; x < size.width; x++, at += 3)
      pixels.set(row[Math.floor((x * columns) / size.width)]!, at);
  }
  return encodePngUrl({ data: pixels, ...size, channels: 3 });
}

/** The color of each number; white for numbers that are not finite. */
function colorsOf(rows: readonly (readonly number[])[]): Rgb[][] {
  const values = rows.flat().filter(Number.isFinite);
  const lowest = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const highest = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const colorOf = (value: number): Rgb =>
    Number.isFinite(value) ? viridis((value - lowest) / (highest - lowest || 1)) : [255, 255, 255];
  return rows.map((row) => row.map(colorOf));
}
