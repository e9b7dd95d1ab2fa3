import type Sharp from 'sharp';
import type * as Vega from 'vega';
import { ArgumentError } from '../errors.js';
import { nodePackage } from '../nodePackage.js';
import { escapeXml } from './escapeXml.js';
import { Figure } from './figure.js';
import { figureFont, ink } from './figureTheme.js';

/** Options of {@link heatMap}. */
export interface HeatMapOptions {
  /** Written under it (default nothing). */
  xLabel?: string;
  /** Written beside it (default nothing). */
  yLabel?: string;
  /** Width without its labels (default 560). */
  width?: number;
  /** Height without its labels (default 280). */
  height?: number;
}

const MARGIN = 16;
const LABEL = 24;

/**
 * Numbers in rows and columns as colours, from dark (the lowest) to light (the highest): viridis, which colour-blind
 * readers can order.
 *
 * @param rows numbers, the top row first; all rows of one length
 * @throws ArgumentError when there is no number, or rows differ in length
 */
export async function heatMap(
  rows: readonly (readonly number[])[],
  { xLabel = '', yLabel = '', width = 560, height = 280 }: HeatMapOptions = {},
): Promise<Figure> {
  const columns = rows[0]?.length ?? 0;
  if (columns === 0 || rows.some((row) => row.length !== columns)) {
    throw new ArgumentError(
      `A heat map needs rows of one length above 0; got lengths ${rows.map((row) => row.length).join(', ') || 'of nothing'}.`,
    );
  }
  const png = await drawCells(rows, width, height);
  const [full, tall] = [width + 2 * MARGIN + LABEL, height + 2 * MARGIN + LABEL];
  const text = `font-size="12" fill="${ink.soft}" text-anchor="middle"`;
  const svg = [
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${full}" height="${tall}" viewBox="0 0 ${full} ${tall}" font-family="${figureFont}">`,
    `<rect width="100%" height="100%" fill="white"/>`,
    `<image x="${MARGIN + LABEL}" y="${MARGIN}" width="${width}" height="${height}" xlink:href="data:image/png;base64,${png}"/>`,
    `<text x="${MARGIN + LABEL + width / 2}" y="${tall - MARGIN}" ${text}>${escapeXml(xLabel)}</text>`,
    `<text transform="translate(${MARGIN + 8} ${MARGIN + height / 2}) rotate(-90)" ${text}>${escapeXml(yLabel)}</text>`,
    '</svg>',
  ].join('\n');
  return new Figure(svg);
}

/** A picture in which each number is a rectangle of its colour, as it is and not blurred. */
async function drawCells(
  rows: readonly (readonly number[])[],
  width: number,
  height: number,
): Promise<string> {
  const values = rows.flat().filter(Number.isFinite);
  const lowest = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const highest = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const colour = nodePackage<typeof Vega>('vega').scheme('viridis') as (position: number) => string;
  const bytes = rows.flat().flatMap((value) => {
    if (!Number.isFinite(value)) return [255, 255, 255];
    return colour((value - lowest) / (highest - lowest || 1))
      .match(/\d+/g)!
      .map(Number);
  });
  const sharp = nodePackage<typeof Sharp>('sharp');
  const raw = { width: rows[0]!.length, height: rows.length, channels: 3 } as const;
  const png = await sharp(Uint8Array.from(bytes), { raw })
    .resize(Math.max(width, raw.width), Math.max(height, raw.height), { fit: 'fill', kernel: 'nearest' })
    .png()
    .toBuffer();
  return png.toString('base64');
}
