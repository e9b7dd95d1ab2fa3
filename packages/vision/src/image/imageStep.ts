import type { Box, PadMode } from '@fastts/core';

/** Height and width of an image, in pixels. */
export type ImageSize = readonly [height: number, width: number];

/** The effect of a step on an image: the part `box` is resized to `size`, then flipped or rotated. */
export interface CropResize {
  /** The part, in pixels of the image, not necessarily integers. Where it extends beyond the image, it is padded. */
  box: Box;
  /** Height and width that the part is resized to. */
  size: ImageSize;
  /** Padding (default `'reflection'`). */
  padMode?: PadMode;
  /** Which of the eight symmetries of the square is applied last (default 0: none); see {@link Dihedral}. */
  dihedral?: number;
  /**
   * Whether the box is within the image and always scaled by the same factors, so that a cache can keep the image at
   * that scale (default false).
   */
  fixedScale?: boolean;
}

/** A step applied to a lazy image: returns its effect, given the image's height and width. */
export type ImageStep = (height: number, width: number) => CropResize;

/** One of the eight symmetries of the square: flips, followed by a transposition. */
export interface DihedralMoves {
  flipX: boolean;
  flipY: boolean;
  transpose: boolean;
}

/** The moves of the `k`th symmetry. Source: `dihedral` of fastai `vision/augment.py`. */
export function dihedralMoves(k: number): DihedralMoves {
  return {
    flipX: [1, 3, 4, 7].includes(k),
    flipY: [2, 4, 5, 7].includes(k),
    transpose: [3, 5, 6, 7].includes(k),
  };
}

/** All of an image. */
export function wholeBox(height: number, width: number): Box {
  return { left: 0, top: 0, width, height };
}
