import { checkInteger } from '../checkNumber.js';
import { ArgumentError } from '../errors.js';
import { escapeXml } from '../escapeXml.js';
import { checkPixels, type Pixels } from '../pixels.js';
import { encodePngUrl } from './encodePng.js';
import { Figure } from './figure.js';
import { figureFont, ink } from './figureTheme.js';
import { drawOverlay, type ImageOverlay } from './imageOverlay.js';
import { shorten, textWidth } from './textWidth.js';

/** An image with its title and overlay. */
export interface ImageCell extends ImageOverlay {
  image: Pixels;
  /**
   * Title above the image (default: none). A line that is too long is set in a smaller font, then wrapped to a second
   * line, and finally truncated.
   */
  title?: string;
  /** CSS color of the title (default: dark gray). */
  titleColor?: string;
}

/** Options of {@link imageGrid}. */
export interface ImageGridOptions {
  /** Number of columns (default: as many as make the grid square). */
  columns?: number;
  /** Width and height that each image is fitted into (default: 180). */
  cellSize?: number;
  /** Title of the whole grid (default: none). */
  title?: string;
}

/**
 * Draws images in a grid, each with its title.
 *
 * @throws ArgumentError when there are no images.
 * @throws ShapeError when an image's data do not match its size.
 * @example
 * const figure = await imageGrid([{ image: { data, width: 64, height: 64, channels: 3 }, title: 'church' }]);
 * await figure.save('batch.png');
 */
export async function imageGrid(
  cells: readonly ImageCell[],
  { columns = Math.ceil(Math.sqrt(cells.length)), cellSize = 180, title = '' }: ImageGridOptions = {},
): Promise<Figure> {
  if (cells.length === 0) throw new ArgumentError('An image grid needs at least one image.');
  checkInteger('columns', columns, { min: 1 });
  for (const [i, { image }] of cells.entries()) checkPixels(image, `Image ${i} of the grid`);
  const pngUrls = await Promise.all(cells.map(({ image }) => encodePngUrl(image)));
  const place = placeCells(cells, columns, cellSize, title !== '');
  const drawn = await Promise.all(cells.map((cell, i) => drawCell(cell, pngUrls[i]!, cellSize, place.of(i))));
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${place.width}" height="${place.height}" viewBox="0 0 ${place.width} ${place.height}" font-family="${figureFont}">`,
    `<rect width="100%" height="100%" fill="white"/>`,
    title &&
      `<text x="${MARGIN}" y="${MARGIN + 12}" font-size="16" font-weight="600" fill="${ink.strong}">${escapeXml(title)}</text>`,
    ...drawn,
    '</svg>',
  ];
  return new Figure(lines.filter(Boolean).join('\n'));
}

const MARGIN = 16;
const GAP = 12;
const TITLE_HEIGHT = 20;
const HEADING_HEIGHT = 32;
const TITLE_FONT_SIZE = 13;
const SMALLEST_TITLE = 9;

interface Placement {
  width: number;
  height: number;
  of(index: number): { x: number; y: number };
}

/** The position of each cell: squares of equal size, with room for titles above if any image has one. */
function placeCells(
  cells: readonly ImageCell[],
  columns: number,
  cellSize: number,
  hasHeading: boolean,
): Placement {
  const top = MARGIN + (hasHeading ? HEADING_HEIGHT : 0);
  const titleHeight =
    TITLE_HEIGHT * Math.max(...cells.map(({ title }) => titleLines(title, cellSize).length));
  const rowHeight = titleHeight + cellSize + GAP;
  const shownColumns = Math.min(columns, cells.length);
  const rows = Math.ceil(cells.length / columns);
  return {
    width: 2 * MARGIN + shownColumns * (cellSize + GAP) - GAP,
    height: top + rows * rowHeight - GAP + MARGIN,
    of: (i) => ({
      x: MARGIN + (i % columns) * (cellSize + GAP),
      y: top + Math.floor(i / columns) * rowHeight + titleHeight,
    }),
  };
}

async function drawCell(
  cell: ImageCell,
  pngUrl: string,
  cellSize: number,
  { x, y }: { x: number; y: number },
): Promise<string> {
  const { image, title, titleColor = ink.strong } = cell;
  // An image that is not square is centered in its cell, with its title directly above it.
  const scale = cellSize / Math.max(image.width, image.height);
  const [width, height] = [image.width * scale, image.height * scale];
  const place = { x: x + (cellSize - width) / 2, y: y + (cellSize - height) / 2, width, height };
  const drawn = `<image x="${place.x}" y="${place.y}" width="${width}" height="${height}" preserveAspectRatio="none" xlink:href="${pngUrl}"/>`;
  const shown = `${drawn}${await drawOverlay(cell, place)}`;
  const written = titleLines(title, cellSize).map((line, i, { length }) => {
    const above = 6 + (length - 1 - i) * TITLE_HEIGHT;
    const { text, size } = fit(line, cellSize);
    return `<text x="${x + cellSize / 2}" y="${place.y - above}" text-anchor="middle" font-size="${size}" fill="${escapeXml(titleColor)}">${escapeXml(text)}</text>`;
  });
  return `${written.join('')}${shown}`;
}

function titleLines(title = '', width: number): string[] {
  return title === '' ? [] : title.split('\n').flatMap((line) => broken(line, width));
}

/** Splits a line that is too long even in the smaller font in two, the first as long as its words allow. */
function broken(line: string, width: number): string[] {
  if (textWidth(line, SMALLEST_TITLE) <= width) return [line];
  const words = line.split(' ');
  const firstWords = words.slice(0, -1);
  while (firstWords.length > 1 && textWidth(firstWords.join(' '), TITLE_FONT_SIZE) > width) firstWords.pop();
  if (firstWords.length === 0) return [line];
  return [firstWords.join(' '), words.slice(firstWords.length).join(' ')];
}

function fit(line: string, width: number): { text: string; size: number } {
  const fitting = Math.floor((10 * TITLE_FONT_SIZE * width) / textWidth(line, TITLE_FONT_SIZE)) / 10;
  const size = Math.min(TITLE_FONT_SIZE, Math.max(SMALLEST_TITLE, fitting));
  return { text: shorten(line, size, width), size };
}
