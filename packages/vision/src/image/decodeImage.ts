import type * as Fs from 'node:fs';
import { isNode, type PadMode } from '@fastts/core';
import type Sharp from 'sharp';
import { frameNearest } from './frameNearest.js';
import { dihedralMoves, type Framer, type Framing, wholeBox } from './framing.js';
import { pickPixels, within } from './pickPixels.js';
import { type RawImage, toGrey } from './rawImage.js';
import { resizePixels } from './resizePixels.js';

/** Where a picture comes from: a file's path, a file's bytes, or pixels. */
export type ImageSource = string | Uint8Array | RawImage;

/** Height and width of a picture, turned as its EXIF data says, without decoding it. */
export async function imageSize(source: ImageSource): Promise<[height: number, width: number]> {
  if (isRaw(source)) return [source.height, source.width];
  const { autoOrient } = await open(source).metadata();
  return [autoOrient.height, autoOrient.width];
}

/** A picture's pixels, framed as the framers say, first to last. */
export async function decodeImage(source: ImageSource, framers: readonly Framer[]): Promise<RawImage> {
  const [first, ...others] = framers;
  let image = await decode(source, first);
  for (const framer of others) image = await decode(image, framer);
  return image;
}

/** A picture, and how it is still to be framed. */
export interface LeftFraming {
  image: RawImage;
  framing: Framing;
}

/** As {@link decodeImage}, but the last framing is left to do if `leaves` says so. */
export async function decodeLeaving(
  source: ImageSource,
  framers: readonly Framer[],
  leaves: (framing: Framing, height: number, width: number) => boolean,
): Promise<RawImage | LeftFraming> {
  const last = framers.at(-1);
  if (!last) return decodeImage(source, framers);
  const before = framers.length > 1 ? await decodeImage(source, framers.slice(0, -1)) : source;
  if (isRaw(before)) {
    const framing = last(before.height, before.width);
    return leaves(framing, before.height, before.width)
      ? { image: before, framing }
      : decode(before, () => framing);
  }
  const opened = await openFramed(before, last);
  const { image, framing, height, width } = opened;
  if (!leaves(framing, height, width)) return carryOut(opened);
  const { box } = framing;
  if (box.height < height || box.width < width) image.extract(box);
  return { image: await pixelsOf(image), framing: { ...framing, box: wholeBox(box.height, box.width) } };
}

/** As {@link decodeImage}, for a mask, in grey: no two of its pixels are mixed. */
export async function decodeMask(source: ImageSource, framers: readonly Framer[]): Promise<RawImage> {
  let mask = toGrey(await decode(source, undefined));
  for (const framer of framers) {
    const { dihedral = 0, ...framing } = framer(mask.height, mask.width);
    mask = toGrey(await lay(frameNearest(mask, framing), dihedral));
  }
  return mask;
}

async function decode(source: ImageSource, framer: Framer | undefined): Promise<RawImage> {
  if (isRaw(source) && !isNode()) return decodeInPage(source, framer);
  return framer ? carryOut(await openFramed(source, framer)) : pixelsOf(await openRead(source));
}

/** An opened picture of that height and width, and how it is to be framed. */
interface Opened {
  image: Sharp.Sharp;
  framing: Framing;
  height: number;
  width: number;
  jpeg: boolean;
}

async function openFramed(source: ImageSource, framer: Framer): Promise<Opened> {
  const image = await openRead(source);
  const { autoOrient, format } = await image.metadata();
  const { height, width } = autoOrient;
  return { image, framing: framer(height, width), height, width, jpeg: format === 'jpeg' };
}

async function carryOut({ image, framing, height, width, jpeg }: Opened): Promise<RawImage> {
  const { dihedral = 0, padMode = 'reflection' } = framing;
  const [y, x] = frame(image, framing, { width, height }, jpeg);
  return lay(pad(await pixelsOf(image), y, x, padMode), dihedral);
}

/** As {@link decode}, where there is no `sharp`. */
async function decodeInPage(source: RawImage, framer: Framer | undefined): Promise<RawImage> {
  if (!framer) return source;
  const { box, size, dihedral = 0, padMode = 'reflection' } = framer(source.height, source.width);
  const x = placeAxis(box.left, box.width, source.width, size[1]);
  const y = placeAxis(box.top, box.height, source.height, size[0]);
  const part = { left: x.start, top: y.start, width: x.length, height: y.length };
  return lay(pad(resizePixels(source, part, [y.output, x.output]), y, x, padMode), dihedral);
}

async function pixelsOf(image: Sharp.Sharp): Promise<RawImage> {
  const { data, info } = await image
    .removeAlpha()
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, channels: info.channels === 1 ? 1 : 3 };
}

/** A module, loaded when first used and by a name that bundlers do not follow: a page has no files to decode. */
function load<Module>(name: string): Module {
  return require(name);
}

/** Whether a source is pixels. */
export function isRaw(source: ImageSource): source is RawImage {
  return typeof source === 'object' && !(source instanceof Uint8Array);
}

/** Opens a picture after reading its file whole, which saves a decoder opening it twice and reading bit by bit. */
async function openRead(source: ImageSource): Promise<Sharp.Sharp> {
  if (!isNode()) {
    throw new Error('a page decodes no files; give a tensor, such as tf.browser.fromPixels(img)');
  }
  return open(typeof source === 'string' ? await readWhole(source) : source);
}

/** `fs.promises.readFile` takes a multiple of the main thread's time. */
function readWhole(path: string): Promise<Uint8Array> {
  const { readFile } = load<typeof Fs>('node:fs');
  return new Promise((resolve, reject) => {
    readFile(path, (error, data) => (error ? reject(error) : resolve(data)));
  });
}

function open(source: ImageSource): Sharp.Sharp {
  const sharp = load<typeof Sharp>('sharp');
  if (isRaw(source)) {
    const { width, height, channels } = source;
    return sharp(source.data, { raw: { width, height, channels } });
  }
  // An embedded colour profile is not applied, as Pillow and so every model trained with it does not.
  return sharp(source, { failOn: 'error', ignoreIcc: true }).autoOrient();
}

/** From this factor on a JPEG decoder can give a smaller picture at once, in a fraction of the time. */
const SHRINK_ON_LOAD = 2;

/** Cuts and resizes as far as the box is within the picture; what is to be filled is returned for each axis. */
function frame(
  image: Sharp.Sharp,
  { box, size }: Framing,
  full: { width: number; height: number },
  jpeg: boolean,
): [y: Placed, x: Placed] {
  const x = placeAxis(box.left, box.width, full.width, size[1]);
  const y = placeAxis(box.top, box.height, full.height, size[0]);
  const shrinksOnLoad = jpeg && Math.min(x.length / x.output, y.length / y.output) >= SHRINK_ON_LOAD;
  const exact = [x.start, x.length, y.start, y.length].every(Number.isInteger);
  if (exact && !shrinksOnLoad) {
    image.extract({ left: x.start, top: y.start, width: x.length, height: y.length });
    image.resize(x.output, y.output, { fit: 'fill', kernel: 'linear' });
  } else {
    // sharp lets the decoder shrink only where the whole picture is resized, so it is cut afterwards.
    image.resize(x.scaled, y.scaled, { fit: 'fill', kernel: 'linear' });
    image.extract({ left: x.scaledStart, top: y.scaledStart, width: x.output, height: y.output });
  }
  return [y, x];
}

type Placed = ReturnType<typeof placeAxis>;

/**
 * Where, along one axis, a box of `length` from `start` lies on a picture of `full` pixels, and where that
 * part of it lies on an output of `size` pixels.
 */
function placeAxis(start: number, length: number, full: number, size: number) {
  const scale = size / length;
  const inside = { start: Math.max(0, start), end: Math.min(full, start + length) };
  // What is less than half a pixel of the output is still one.
  const before = Math.min(Math.round((inside.start - start) * scale), size - 1);
  const after = Math.min(Math.round((start + length - inside.end) * scale), size - 1 - before);
  const output = size - before - after;
  const scaled = Math.max(output, Math.round(full * scale));
  return {
    /** The part within the picture. */
    start: inside.start,
    length: inside.end - inside.start,
    /** The same part of the output, and what is left beside it. */
    output,
    before,
    after,
    /** The whole picture at the output's scale, and where on it the part begins. */
    scaled,
    scaledStart: Math.min(Math.round(inside.start * scale), scaled - output),
    /** Pixels of the output for one of the picture. */
    scale,
  };
}

function pad(image: RawImage, y: Placed, x: Placed, padMode: PadMode): RawImage {
  if (y.before + y.after + x.before + x.after === 0) return image;
  const places = ({ before, output, after, scale }: Placed) =>
    Array.from({ length: before + output + after }, (_, i) =>
      within(i - before, output, padMode, Math.round(scale)),
    );
  return pickPixels(image, places(y), places(x));
}

/** The picture in one of the eight ways in which a square can lie. */
async function lay(image: RawImage, k: number): Promise<RawImage> {
  if (k === 0) return image;
  const { flipX, flipY, transpose } = dihedralMoves(k);
  // sharp turns after it mirrors, and to swap rows and columns is to mirror top and bottom, then turn right.
  const laid = open(image)
    .flop(flipX)
    .flip(flipY !== transpose);
  return pixelsOf(transpose ? laid.rotate(90) : laid);
}
