import { escapeXml } from '../escapeXml.js';
import { checkPixels, type Pixels } from '../pixels.js';
import { encodePngUrl } from './encodePng.js';
import { magma, palette, rgbOf } from './figureTheme.js';
import { textWidth } from './textWidth.js';

/**
 * What is drawn over an image. Coordinates run from −1 (left, top) to 1 (right, bottom) of the image; anything outside,
 * such as a point removed by a crop, is not shown.
 */
export interface ImageOverlay {
  /** Rows of numbers from 0 to 1 that cover the image, drawn as translucent colors from dark (0) to light (1). */
  heat?: readonly (readonly number[])[];
  /** A class index per pixel, in one channel; drawn as translucent colors, with class 0 transparent. */
  mask?: Pixels;
  /** Points, each drawn as a dot. */
  points?: readonly (readonly [x: number, y: number])[];
  /** Boxes, each drawn as a frame; boxes without area, which pad a batch, are skipped. */
  boxes?: readonly (readonly [left: number, top: number, right: number, bottom: number])[];
  /** One label per box; a box whose label is `undefined` is skipped (default: boxes have no labels). */
  boxLabels?: readonly (string | undefined)[];
}

/** The position of an image in a drawing. */
export interface PicturePlace {
  x: number;
  y: number;
  width: number;
  height: number;
}

const DOT_RADIUS = 3;
const DOT_COLOR = '#e4003a';
const LABEL_FONT_SIZE = 12;
/** Opacity of a mask over the image. */
const MASK_OPACITY = 0.5;
/** Opacity of a heat map over the image. */
const HEAT_OPACITY = 0.6;

/** The SVG of the overlay of an image at the given position. */
export async function drawOverlay(
  { heat, mask, points = [], boxes = [], boxLabels }: ImageOverlay,
  place: PicturePlace,
): Promise<string> {
  const { x, y, width, height } = place;
  const across = (u: number) => ((u + 1) / 2) * width;
  const down = (v: number) => ((v + 1) / 2) * height;
  const marks = [
    ...boxes.map(([left, top, right, bottom], i) => {
      const label = boxLabels?.[i];
      if (!(right > left && bottom > top) || (boxLabels && label === undefined)) return '';
      const [x0, y0, x1, y1] = [across(left), down(top), across(right), down(bottom)];
      if (x1 <= 0 || y1 <= 0 || x0 >= width || y0 >= height) return '';
      return `${frame(x0, y0, x1 - x0, y1 - y0)}${label ? labelIn(place, x0, y0, label) : ''}`;
    }),
    ...points.map(
      ([u, v]) =>
        `<circle cx="${across(u)}" cy="${down(v)}" r="${DOT_RADIUS}" fill="${DOT_COLOR}" stroke="white"/>`,
    ),
  ];
  const clipped = `<svg x="${x}" y="${y}" width="${width}" height="${height}">${marks.join('')}</svg>`;
  return `${heat ? await drawHeat(heat, place) : ''}${mask ? await drawMask(mask, place) : ''}${marks.length > 0 ? clipped : ''}`;
}

/** White on black, so that it is visible on any image. */
function frame(x: number, y: number, width: number, height: number): string {
  const shape = `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="none"`;
  return `${shape} stroke="black" stroke-width="4"/>${shape} stroke="white" stroke-width="2"/>`;
}

/** The label of a box whose corner is at `left`, `top`, kept inside the image where possible. */
function labelIn({ width }: PicturePlace, left: number, top: number, label: string): string {
  const x = Math.max(0, Math.min(left, width - textWidth(label, LABEL_FONT_SIZE) - 6)) + 3;
  const y = Math.max(0, top) + LABEL_FONT_SIZE + 1;
  const text = (look: string) =>
    `<text x="${x}" y="${y}" font-size="${LABEL_FONT_SIZE}" font-weight="600" ${look}>${escapeXml(label)}</text>`;
  return `${text('fill="none" stroke="black" stroke-width="3"')}${text('fill="white"')}`;
}

async function drawHeat(rows: readonly (readonly number[])[], place: PicturePlace): Promise<string> {
  const data = Uint8Array.from(rows.flat().flatMap((value) => magma(value)));
  const pngUrl = await encodePngUrl({ data, width: rows[0]!.length, height: rows.length, channels: 3 });
  return `<image class="heat" x="${place.x}" y="${place.y}" width="${place.width}" height="${place.height}" opacity="${HEAT_OPACITY}" preserveAspectRatio="none" xlink:href="${pngUrl}"/>`;
}

async function drawMask(mask: Pixels, place: PicturePlace): Promise<string> {
  const { data: classes, width, height } = mask;
  checkPixels({ ...mask, channels: 1 }, 'A mask');
  const data = new Uint8Array(classes.length * 4);
  for (const [i, number] of classes.entries()) if (number > 0) data.set(colorOf(number), 4 * i);
  const pngUrl = await encodePngUrl({ data, width, height, channels: 4 });
  return `<image x="${place.x}" y="${place.y}" width="${place.width}" height="${place.height}" preserveAspectRatio="none" style="image-rendering:pixelated" xlink:href="${pngUrl}"/>`;
}

/** One color per class: the palette's, then generated ones whose neighbors differ strongly. */
function colorOf(number: number): number[] {
  const hex = palette[number - 1];
  const channels = hex ? rgbOf(hex.slice(1)) : hueOf(number);
  return [...channels, Math.round(255 * MASK_OPACITY)];
}

/** The golden angle: its multiples spread evenly over the circle for any count. */
const GOLDEN_ANGLE = 137.508;

/** A color with a distinct hue and one of three lightness levels. Source: Smith 1978, HSL to RGB. */
function hueOf(number: number): number[] {
  const lightness = [0.35, 0.55, 0.75][number % 3]!;
  const chroma = 0.8 * Math.min(lightness, 1 - lightness);
  return [0, 8, 4].map((shift) => {
    const k = (shift + (number * GOLDEN_ANGLE) / 30) % 12;
    return Math.round(255 * (lightness - chroma * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  });
}
