import { ArgumentError } from '../errors.js';
import { encodePng } from './encodePng.js';
import { escapeXml } from './escapeXml.js';
import { palette } from './figureTheme.js';

/** What is drawn over a picture. Places run from −1 (left, top) to 1 (right, bottom) of it. */
export interface ImageOverlay {
  /** A class for each pixel, shown in a colour through which the picture is seen; class 0 is left clear. */
  mask?: ClassMask;
  /** Points, each a dot. */
  points?: readonly (readonly [x: number, y: number])[];
  /** Boxes, each a frame with its label in it. */
  boxes?: readonly LabelledBox[];
}

/** The numbers of the classes that `width · height` pixels belong to, rows first. */
export interface ClassMask {
  classes: Uint8Array;
  width: number;
  height: number;
}

/** A box on a picture. */
export interface LabelledBox {
  box: readonly [left: number, top: number, right: number, bottom: number];
  /** Default none. */
  label?: string;
}

/** Where on a drawing a picture lies. */
export interface PicturePlace {
  x: number;
  y: number;
  width: number;
  height: number;
}

const DOT_RADIUS = 3;
const DOT_COLOUR = '#e4003a';
const LABEL_FONT_SIZE = 12;
/** How much of a mask's colour is seen: the rest is the picture below it. */
const MASK_OPACITY = 0.5;

/** The SVG of what is drawn over a picture at that place. */
export async function drawOverlay(
  { mask, points = [], boxes = [] }: ImageOverlay,
  place: PicturePlace,
): Promise<string> {
  const { x, y, width, height } = place;
  const across = (u: number) => x + ((u + 1) / 2) * width;
  const down = (v: number) => y + ((v + 1) / 2) * height;
  return [
    mask ? await drawMask(mask, place) : '',
    ...boxes.map(({ box: [left, top, right, bottom], label }) => {
      const [x0, y0, x1, y1] = [across(left), down(top), across(right), down(bottom)];
      return `${frame(x0, y0, x1 - x0, y1 - y0)}${label ? labelAt(x0 + 3, y0 + LABEL_FONT_SIZE + 1, label) : ''}`;
    }),
    ...points.map(
      ([u, v]) =>
        `<circle cx="${across(u)}" cy="${down(v)}" r="${DOT_RADIUS}" fill="${DOT_COLOUR}" stroke="white"/>`,
    ),
  ].join('');
}

/** White on black, so that it is seen on any picture. */
function frame(x: number, y: number, width: number, height: number): string {
  const shape = `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="none"`;
  return `${shape} stroke="black" stroke-width="4"/>${shape} stroke="white" stroke-width="2"/>`;
}

function labelAt(x: number, y: number, label: string): string {
  const text = (look: string) =>
    `<text x="${x}" y="${y}" font-size="${LABEL_FONT_SIZE}" font-weight="600" ${look}>${escapeXml(label)}</text>`;
  return `${text('fill="none" stroke="black" stroke-width="3"')}${text('fill="white"')}`;
}

async function drawMask({ classes, width, height }: ClassMask, place: PicturePlace): Promise<string> {
  if (classes.length !== width * height) {
    throw new ArgumentError(
      `A mask of ${width} × ${height} pixels needs a class for each; got ${classes.length}.`,
    );
  }
  const pixels = new Uint8Array(classes.length * 4);
  for (const [i, number] of classes.entries()) if (number > 0) pixels.set(colourOf(number), 4 * i);
  const png = await encodePng(pixels, { width, height, channels: 4 });
  return `<image x="${place.x}" y="${place.y}" width="${place.width}" height="${place.height}" preserveAspectRatio="none" style="image-rendering:pixelated" xlink:href="data:image/png;base64,${png.toString('base64')}"/>`;
}

function colourOf(number: number): number[] {
  const hex = palette[(number - 1) % palette.length]!;
  const channels = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
  return [...channels, Math.round(255 * MASK_OPACITY)];
}
