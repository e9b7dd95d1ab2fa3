import type { PadMode } from '@fastts/core';
import type { Framing } from './lazyImage.js';
import type { RawImage } from './rawImage.js';

/** Where in the picture a row or column is that lies beyond it and is black. */
const OUTSIDE = -1;

/**
 * Cuts and resizes a picture of one channel so that each pixel is one of its own: for masks, whose values are
 * classes.
 *
 * Source: Pillow's `resize` with `NEAREST`, which fastai uses for masks.
 */
export function frameNearest(
  { data, width, height }: RawImage,
  { box, size, padMode = 'reflection' }: Framing,
): RawImage {
  const [outHeight, outWidth] = size;
  const rows = nearest(box.top, box.height, height, outHeight, padMode);
  const columns = nearest(box.left, box.width, width, outWidth, padMode);
  const framed = new Uint8Array(outHeight * outWidth);
  for (let y = 0; y < outHeight; y++) {
    const row = rows[y]!;
    if (row === OUTSIDE) continue;
    for (let x = 0; x < outWidth; x++) {
      const column = columns[x]!;
      if (column !== OUTSIDE) framed[y * outWidth + x] = data[row * width + column]!;
    }
  }
  return { data: framed, width: outWidth, height: outHeight, channels: 1 };
}

/** Along one axis of `full` pixels, the pixel that each of `count` shows of the `length` from `start`. */
function nearest(start: number, length: number, full: number, count: number, padMode: PadMode): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => {
    const place = Math.floor(start + ((i + 0.5) * length) / count);
    if (place >= 0 && place < full) return place;
    if (padMode === 'zeros') return OUTSIDE;
    return padMode === 'border' ? Math.min(Math.max(place, 0), full - 1) : mirrored(place, full);
  });
}

/** The pixel that stands for one beyond the edge, mirrored about the centres of the outermost pixels. */
function mirrored(place: number, full: number): number {
  if (full === 1) return 0;
  const folded = Math.abs(place) % (2 * (full - 1));
  return Math.min(folded, 2 * (full - 1) - folded);
}
