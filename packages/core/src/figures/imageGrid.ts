import { checkInteger } from '../checkInteger.js';
import { ArgumentError } from '../errors.js';
import { escapeXml } from '../escapeXml.js';
import { checkPixels, type Pixels } from '../pixels.js';
import { encodePngUrl } from './encodePng.js';
import { Figure } from './figure.js';
import { figureFont, ink } from './figureTheme.js';
import { drawOverlay, type ImageOverlay } from './imageOverlay.js';
import { shorten, textWidth } from './textWidth.js';

/** A picture with what is written above it and drawn over it. */
export interface ImageCell extends ImageOverlay {
  image: Pixels;
  /**
   * Written above it (default nothing). A line that is too long is set smaller; if that does not do, it goes on in a
   * second line, and what is still too long is cut short.
   */
  title?: string;
  /** The title's color in CSS (default dark grey). */
  titleColor?: string;
}

/** Options of {@link imageGrid}. */
export interface ImageGridOptions {
  /** Pictures beside each other (default: as many as make the grid square). */
  columns?: number;
  /** Width and height that each picture is fitted into (default 180). */
  cellSize?: number;
  /** Written above all (default nothing). */
  title?: string;
}

/**
 * Pictures in rows and columns, each with its title.
 *
 * @throws ArgumentError when there is no picture.
 * @throws ShapeError when the bytes of a picture do not fit its size.
 * @example
 * const figure = await imageGrid([{ image: { data, width: 64, height: 64, channels: 3 }, title: 'church' }]);
 * await figure.save('batch.png');
 */
export async function imageGrid(
  cells: readonly ImageCell[],
  { columns = Math.ceil(Math.sqrt(cells.length)), cellSize = 180, title = '' }: ImageGridOptions = {},
): Promise<Figure> {
  if (cells.length === 0) throw new ArgumentError('An image grid needs at least one picture.');
  checkInteger('columns', columns, { min: 1 });
  for (const [i, { image }] of cells.entries()) checkPixels(image, `Picture ${i} of the grid`);
  const pngUrls = await Promise.all(cells.map(({ image }) => encodePngUrl(image)));
  const place = layOut(cells, columns, cellSize, title !== '');
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

/** Where each cell lies: squares of one size, under a line for titles if any picture has one. */
function layOut(
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
  // A picture that is not square lies in the middle of its cell, and its title close above it.
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

/** A line that is too long even if set smaller, as two: the first as long as its words allow. */
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
