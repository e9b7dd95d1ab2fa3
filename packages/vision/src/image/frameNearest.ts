import type { Framing } from './framing.js';
import { pickPixels, within } from './pickPixels.js';
import type { RawImage } from './rawImage.js';

/**
 * Cuts and resizes a picture so that each pixel is one of its own: for masks, whose values are classes.
 *
 * Source: Pillow's `resize` with `NEAREST`, which fastai uses for masks.
 */
export function frameNearest(
  image: RawImage,
  { box, size, padMode = 'reflection' }: Omit<Framing, 'dihedral'>,
): RawImage {
  const shown = (start: number, length: number, full: number, count: number) =>
    Array.from({ length: count }, (_, i) =>
      within(Math.floor(start + ((i + 0.5) * length) / count), full, padMode),
    );
  return pickPixels(
    image,
    shown(box.top, box.height, image.height, size[0]),
    shown(box.left, box.width, image.width, size[1]),
  );
}
