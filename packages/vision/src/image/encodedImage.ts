import { isNode, isPixels, loadSharp, type Pixels } from '@fastts/core';
import fs from 'fs-extra';
import type Sharp from 'sharp';
import { cmykToRgb } from './channels.js';
import { dihedralMoves, type ImageSize } from './imageStep.js';
import { maskPixels } from './maskPixels.js';
import { maxImagePixels } from './pixelLimit.js';
import type { PlannedAxis } from './planDecode.js';

/** An image in memory: decoded, or its file. */
export type Picture = Pixels | EncodedImage;

/** An image's file, read but not decoded. */
export interface EncodedImage {
  image: Sharp.Sharp;
  /** Height and width of the image, rotated according to its EXIF orientation. */
  size: ImageSize;
  isJpeg: boolean;
}

/**
 * Reads an image's file and its header. A CMYK image is decoded immediately, since its colors cannot be interpolated
 * before conversion.
 */
export async function readImage(source: string | Uint8Array): Promise<Picture> {
  const image = await open(await readFile(source));
  const { autoOrient, format, space, depth } = await image.metadata();
  if (space === 'cmyk') return decodeCmyk(image, depth);
  return { image, size: [autoOrient.height, autoOrient.width], isJpeg: format === 'jpeg' };
}

/** Reads an image's file and decodes all of it. */
export async function readPixels(source: string | Uint8Array): Promise<Pixels> {
  const file = await readFile(source);
  if (!mayBeCmyk(file)) return decode(await open(file));
  const picture = await readImage(file);
  return isPixels(picture) ? picture : decode(picture.image);
}

/**
 * Reads a mask's file and decodes all of it. Stored values are used unchanged as class indices, whatever the bits per
 * pixel.
 *
 * @throws ArgumentError when an index does not fit in a mask.
 */
export async function readMask(source: string | Uint8Array): Promise<Pixels> {
  const image = await open(await readFile(source));
  const { depth, space, bitsPerSample = 8, isPalette } = await image.metadata();
  if (space === 'cmyk') return decodeCmyk(image, depth);
  if (depth === 'uchar') {
    const mask = await decode(image);
    // Grayscale of 1, 2 or 4 bits is decoded to the full range of 8 bits.
    const step = isPalette || bitsPerSample >= 8 ? 1 : 255 / (2 ** bitsPerSample - 1);
    return step === 1 ? mask : { ...mask, data: mask.data.map((value) => value / step) };
  }
  const raw = image.removeAlpha().toColourspace(space).raw({ depth: 'float' });
  const { data, info } = await raw.toBuffer({ resolveWithObject: true });
  const classes = new Float32Array(
    data.buffer,
    data.byteOffset,
    data.length / Float32Array.BYTES_PER_ELEMENT,
  );
  return maskPixels(classes, { width: info.width, height: info.height, channels: info.channels });
}

/** Height and width of the image in a file, rotated according to its EXIF orientation; only the header is read. */
export async function readSize(
  source: string | Uint8Array,
  options?: { unlimited: boolean },
): Promise<ImageSize> {
  const { autoOrient } = await (await open(source, options)).metadata();
  return [autoOrient.height, autoOrient.width];
}

/** The EXIF orientation of the image in a file, from 2 to 8; 1 if it is not rotated. */
export async function readOrientation(source: string | Uint8Array): Promise<number> {
  return (await (await open(source)).metadata()).orientation ?? 1;
}

/** If an image shrinks by at least this factor, a JPEG decoder can decode it at reduced size, in a fraction of the time. */
const SHRINK_ON_LOAD = 2;

/** Decodes, crops and resizes an image in one call of `sharp`, off the main thread. */
export async function cropResize(
  picture: Pixels | EncodedImage,
  { y, x }: { y: PlannedAxis; x: PlannedAxis },
): Promise<Pixels> {
  const { image, isJpeg } = isPixels(picture) ? { image: await fromPixels(picture), isJpeg: false } : picture;
  const shrinksOnLoad = isJpeg && Math.min(x.length / x.resized, y.length / y.resized) >= SHRINK_ON_LOAD;
  const isExact = [x.start, x.length, y.start, y.length].every(Number.isInteger);
  if (isExact && !shrinksOnLoad) {
    image.extract({ left: x.start, top: y.start, width: x.length, height: y.length });
    image.resize(x.resized, y.resized, { fit: 'fill', kernel: 'linear' });
  } else {
    // The decoder can reduce an image only if sharp resizes all of it, so crop afterwards.
    const [left, top] = [onResized(x), onResized(y)];
    image.resize(left.full, top.full, { fit: 'fill', kernel: 'linear' });
    image.extract({ left: left.start, top: top.start, width: x.resized, height: y.resized });
  }
  return decode(image);
}

/** The length of an axis after the whole image is resized, and the start of the cropped part on it. */
function onResized({ full, start, resized, scale }: PlannedAxis): { full: number; start: number } {
  const length = Math.max(resized, Math.round(full * scale));
  return { full: length, start: Math.min(Math.round(start * scale), length - resized) };
}

/** Applies the `k`th of the eight symmetries of the square to an image. */
export async function flipPixels(pixels: Pixels, k: number): Promise<Pixels> {
  const { flipX, flipY, transpose } = dihedralMoves(k);
  // sharp flips first, then rotates; a transposition is a vertical flip followed by a clockwise quarter turn.
  const image = await fromPixels(pixels);
  const flipped = image.flop(flipX).flip(flipY !== transpose);
  return decode(transpose ? flipped.rotate(90) : flipped);
}

/** The decoded pixels, without opacity. */
export async function decode(image: Sharp.Sharp): Promise<Pixels> {
  const { data, info } = await image
    .removeAlpha()
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, channels: info.channels };
}

/** Converts a CMYK image to RGB by Pillow's formula; sharp's own conversion uses the color profile of a printing press. */
async function decodeCmyk(image: Sharp.Sharp, depth: Sharp.Metadata['depth']): Promise<Pixels> {
  const { data, info } = await image
    .pipelineColourspace('cmyk')
    .toColourspace('cmyk')
    .raw({ depth })
    .toBuffer({ resolveWithObject: true });
  // Use the upper 8 of 16 bits; memory is little-endian.
  return cmykToRgb(depth === 'ushort' ? data.filter((_, i) => i % 2 === 1) : data, info);
}

/** Whether a file may be CMYK: a JPEG with four channels, or a TIFF. For others the header need not be read. */
function mayBeCmyk(file: Uint8Array): boolean {
  const [first, second] = file;
  if (first !== 0xff || second !== 0xd8) return first === second && (first === 0x49 || first === 0x4d);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  for (let at = 2; at + 9 < file.length && file[at] === 0xff; at += 2 + view.getUint16(at + 2)) {
    const marker = file[at + 1]!;
    const startsFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (startsFrame) return file[at + 9] === 4;
  }
  return true;
}

async function fromPixels({ data, width, height, channels }: Pixels): Promise<Sharp.Sharp> {
  const sharp = await loadSharp();
  return sharp(data, { raw: { width, height, channels } });
}

async function open(source: string | Uint8Array, { unlimited = false } = {}): Promise<Sharp.Sharp> {
  const sharp = await loadSharp();
  // Ignore an embedded color profile, like Pillow, with which models were trained.
  const limitInputPixels = unlimited ? false : maxImagePixels();
  return sharp(source, { failOn: 'error', ignoreIcc: true, limitInputPixels }).autoOrient();
}

/** Reads a whole file, so that the decoder need not open it twice and read it in pieces. */
async function readFile(source: string | Uint8Array): Promise<Uint8Array> {
  if (!isNode()) {
    throw new Error('files cannot be decoded in a page: pass a tensor, such as tf.browser.fromPixels(img)');
  }
  return typeof source === 'string' ? fs.readFile(source) : source;
}
