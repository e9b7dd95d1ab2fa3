import type { Pixels } from '@fastts/core';
import type { PlannedStep } from './planDecode.js';
import { paddedIndex, selectPixels } from './selectPixels.js';

/**
 * Crops, resizes and pads a mask according to a step. Class indices are not interpolated: each output pixel is a copy
 * of one of the mask's pixels.
 *
 * Source: Pillow's `resize` with `NEAREST`, which fastai uses for masks.
 */
export function resizeMask(mask: Pixels, { box, size, padMode }: PlannedStep): Pixels {
  const nearest = (start: number, length: number, full: number, count: number) =>
    Array.from({ length: count }, (_, i) =>
      paddedIndex(Math.floor(start + ((i + 0.5) * length) / count), full, padMode),
    );
  return selectPixels(
    mask,
    nearest(box.top, box.height, mask.height, size[0]),
    nearest(box.left, box.width, mask.width, size[1]),
  );
}
