import type { Box, PadMode } from '@fastts/core';

/**
 * How a picture is cut, resized and laid: `box`, in its own pixels, becomes `size`. Where the box goes beyond
 * the picture, the output is filled as `padMode` says.
 */
export interface Framing {
  box: Box;
  size: readonly [height: number, width: number];
  /** What lies beyond the picture's edge (default `'reflection'`). */
  padMode?: PadMode;
  /**
   * Whether the box is within the picture and is scaled by the same factors whatever is drawn (default false): the
   * picture can then be shrunk once for all epochs.
   */
  oneScale?: boolean;
  /** Which of the eight symmetries of the square is done last (default 0: none); see {@link Dihedral}. */
  dihedral?: number;
}

/** Decides, once the picture's height and width are known, how it is framed. */
export type Framer = (height: number, width: number) => Framing;

/** What one of the eight symmetries of the square does: it mirrors, then swaps rows and columns. */
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

/** All of a picture. */
export function wholeBox(height: number, width: number): Box {
  return { left: 0, top: 0, width, height };
}

/** Height and width of a framed picture. */
export function framedSize({
  size: [height, width],
  dihedral = 0,
}: Framing): [height: number, width: number] {
  return dihedralMoves(dihedral).transpose ? [width, height] : [height, width];
}
