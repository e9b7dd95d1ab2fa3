import { isPixels, loadSharp, type Pixels } from '@fastts/core';
import type Sharp from 'sharp';
import { cmykToRgb, toRgb } from './channels.js';
import { openBmp } from './decoders/bmp.js';
import { transparentColor } from './decoders/gif.js';
import { decodeHeic } from './decoders/heic.js';
import type { OpenedImage } from './decoders/openedImage.js';
import { openPnm } from './decoders/pnm.js';
import { checkTiffColors } from './decoders/tiffColors.js';
import { readBeginning, readImageFile } from './imageFile.js';
import { imageFormat } from './imageFormat.js';
import { dihedralMoves, type ImageSize } from './imageStep.js';
import { maskPixels } from './maskPixels.js';
import { checkPixelCount, maxImagePixels } from './pixelLimit.js';
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
 * Reads an image's file and its header. An image in a format that `sharp` cannot decode, or whose colors it cannot
 * convert, is decoded immediately.
 */
export async function readImage(source: string | Uint8Array): Promise<Picture> {
  const file = await readImageFile(source);
  const other = openOther(file);
  if (other) return other.decode();
  const image = await open(file, file);
  const { autoOrient, format, space, depth, compression, hasAlpha } = await image.metadata();
  checkPixelCount(autoOrient.height, autoOrient.width);
  // The colors of CMYK cannot be interpolated before conversion.
  if (space === 'cmyk') return decodeCmyk(image, depth);
  if (compression === 'hevc') return toRgb(await decodeHeic(file));
  if (format === 'tiff') checkTiffColors(file);
  // sharp weights colors by opacity when it resizes, so opacity is dropped before.
  if (hasAlpha) return format === 'gif' ? decodeGif(image, file) : decode(image);
  return { image, size: [autoOrient.height, autoOrient.width], isJpeg: format === 'jpeg' };
}

/** Reads an image's file and decodes all of it. */
export async function readPixels(source: string | Uint8Array): Promise<Pixels> {
  const file = await readImageFile(source);
  if (isPlain(file)) return decode(await open(file, file));
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
  const file = await readImageFile(source);
  const other = openOther(file);
  if (other) return other.decode({ asStored: true });
  const image = await open(file, file);
  const { depth, space, bitsPerSample = 8, isPalette, compression } = await image.metadata();
  if (space === 'cmyk') return decodeCmyk(image, depth);
  if (compression === 'hevc') return decodeHeic(file);
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
  const beginning = await readBeginning(source);
  const other = openOther(beginning, options);
  if (other) return [other.height, other.width];
  const { autoOrient } = await (await open(source, beginning, options)).metadata();
  return [autoOrient.height, autoOrient.width];
}

/** The EXIF orientation of the image in a file, from 2 to 8; 1 if it is not rotated. */
export async function readOrientation(source: string | Uint8Array): Promise<number> {
  const beginning = await readBeginning(source);
  if (openOther(beginning)) return 1;
  return (await (await open(source, beginning)).metadata()).orientation ?? 1;
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

/**
 * The pixels of a GIF's first frame, in which transparent ones have the color that the file stores for them, as in
 * Pillow.
 */
async function decodeGif(image: Sharp.Sharp, file: Uint8Array): Promise<Pixels> {
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  const pixels = { data, width: info.width, height: info.height, channels: info.channels };
  const color = transparentColor(file);
  if (color && info.channels === 4) {
    for (let at = 0; at < data.length; at += 4) if (data[at + 3] === 0) data.set(color, at);
  }
  return toRgb(pixels);
}

/** The header of an image in a format that `sharp` cannot decode; `undefined` for any other format. */
function openOther(file: Uint8Array, { unlimited = false } = {}): OpenedImage | undefined {
  const format = imageFormat(file);
  if (format !== 'bmp' && format !== 'pnm') return undefined;
  const image = format === 'bmp' ? openBmp(file) : openPnm(file);
  if (!unlimited) checkPixelCount(image.height, image.width);
  return image;
}

/** Whether `sharp` gives a file's pixels as they are needed, so that its header need not be read first. */
function isPlain(file: Uint8Array): boolean {
  const format = imageFormat(file);
  return format === 'png' || format === 'webp' || (format === 'jpeg' && !hasFourChannels(file));
}

/** Whether a JPEG has four channels, or its beginning does not tell. */
function hasFourChannels(file: Uint8Array): boolean {
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

/** @param beginning The first bytes of the source, by which its format is recognized. */
async function open(
  source: string | Uint8Array,
  beginning: Uint8Array,
  { unlimited = false } = {},
): Promise<Sharp.Sharp> {
  if (beginning.length === 0) throw new Error('the file is empty');
  if (!imageFormat(beginning)) throw new Error(`it is not an image in a supported format (${FORMATS})`);
  const sharp = await loadSharp();
  const limitInputPixels = unlimited ? false : maxImagePixels();
  const input = typeof source === 'string' ? source : asStillImage(source);
  // Ignore an embedded color profile, like Pillow, with which models were trained.
  return sharp(input, { failOn: 'error', ignoreIcc: true, limitInputPixels }).autoOrient();
}

const FORMATS = 'JPEG, PNG, WebP, GIF, TIFF, AVIF, HEIC, BMP, PPM';

/** An animated AVIF declared as one image, its first frame; `sharp` would not recognize it. */
function asStillImage(file: Uint8Array): Uint8Array {
  const isAnimated = ANIMATED_AVIF.every((byte, i) => file[4 + i] === byte);
  if (!isAnimated) return file;
  const copy = Uint8Array.from(file);
  copy.set([0x61, 0x76, 0x69, 0x66], 8);
  return copy;
}

/** The text `ftypavis`. */
const ANIMATED_AVIF = [0x66, 0x74, 0x79, 0x70, 0x61, 0x76, 0x69, 0x73];
