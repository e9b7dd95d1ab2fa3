import type { ByteCache } from '@fastts/core';
import { decodeLeaving, type ImageSource } from './decodeImage.js';
import { type Framer, type Framing, wholeBox } from './framing.js';
import type { RawImage } from './rawImage.js';

/** A whole picture, decoded, as a cache keeps it: perhaps already at the scale at which it is wanted. */
interface KeptImage {
  image: RawImage;
  /** Height and width of the picture itself. */
  full: readonly [height: number, width: number];
}

/**
 * The pixels of a whole picture, and the framers that do on it what the given ones do on the picture: where the first
 * shrinks it always by the same factor, it is shrunk to that scale before it is kept. Cutting afterwards moves the cut
 * by at most half a pixel of the output.
 *
 * @param form What is kept of the source under this name.
 * @param convert What is done to the pixels before they are kept.
 */
export async function decodeKept(
  source: ImageSource,
  framers: readonly Framer[],
  { cache, form, convert }: { cache: ByteCache; form: string; convert: (image: RawImage) => RawImage },
): Promise<[RawImage, Framer[]]> {
  const [first, ...others] = framers;
  let kept = cache.get(source, form) as KeptImage | undefined;
  if (!kept || !serves(kept, first)) {
    kept = await decodeWhole(source, first, convert);
    cache.set(source, form, kept, kept.image.data.byteLength);
  }
  return [kept.image, first ? [onKept(first, kept), ...others] : []];
}

async function decodeWhole(
  source: ImageSource,
  framer: Framer | undefined,
  convert: (image: RawImage) => RawImage,
): Promise<KeptImage> {
  let full: readonly [number, number] = [0, 0];
  const whole: Framer = (height, width) => {
    full = [height, width];
    return { box: wholeBox(height, width), size: wantedSize(framer, height, width) };
  };
  const decoded = await decodeLeaving(source, [whole], ({ size }, height, width) =>
    same(size, [height, width]),
  );
  return { image: convert('framing' in decoded ? decoded.image : decoded), full };
}

function serves({ image, full }: KeptImage, framer: Framer | undefined): boolean {
  const size = [image.height, image.width] as const;
  return same(size, full) || same(size, wantedSize(framer, ...full));
}

/** The least that a whole picture of that size has to be shrunk to in order to be framed. */
function wantedSize(framer: Framer | undefined, height: number, width: number): [number, number] {
  const framing = framer?.(height, width);
  if (!framing?.oneScale) return [height, width];
  const { box, size } = framing;
  return [shrunk(height, size[0] / box.height), shrunk(width, size[1] / box.width)];
}

function shrunk(length: number, scale: number): number {
  return scale < 1 ? Math.max(1, Math.round(length * scale)) : length;
}

/** Does on a kept picture what `framer` does on the picture itself. */
function onKept(framer: Framer, { full }: KeptImage): Framer {
  return (height, width): Framing => {
    const framing = framer(...full);
    const { box, size } = framing;
    const [top, boxHeight] = onAxis(box.top, box.height, full[0], height, size[0]);
    const [left, boxWidth] = onAxis(box.left, box.width, full[1], width, size[1]);
    return { ...framing, box: { left, top, width: boxWidth, height: boxHeight } };
  };
}

/** Where a part of `full` pixels lies on the `kept` ones: if they are fewer, each is a pixel of the output. */
function onAxis(
  start: number,
  length: number,
  full: number,
  kept: number,
  output: number,
): [start: number, length: number] {
  if (kept === full) return [start, length];
  return [Math.min(Math.round((start * kept) / full), kept - output), output];
}

function same(a: readonly [number, number], b: readonly [number, number]): boolean {
  return a[0] === b[0] && a[1] === b[1];
}
