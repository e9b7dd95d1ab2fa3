import { checkInteger } from '@fastts/core';

/**
 * A projective map of the plane, row by row: it takes (x, y) to
 * ((m₀x + m₁y + m₂) / k, (m₃x + m₄y + m₅) / k) with k = m₆x + m₇y + m₈.
 *
 * The maps here go from a position in the output to the position in the input from which it is sampled. Unless noted
 * otherwise, coordinates run from −1 to 1 over the image.
 */
export type Matrix = readonly [...Row, ...Row, ...Row];

type Row = readonly [number, number, number];

/** The identity map. */
export const identity: Matrix = [1, 0, 0, 0, 1, 0, 0, 0, 1];

/** The affine map with these first two rows. Source: `affine_mat` of fastai `vision/augment.py`. */
export function affineMat(a: number, b: number, c: number, d: number, e: number, f: number): Matrix {
  return [a, b, c, d, e, f, 0, 0, 1];
}

/** The composition that applies `right` first, then `left`. */
export function multiply(left: Matrix, right: Matrix): Matrix {
  const entry = (row: number, column: number) =>
    left[3 * row]! * right[column]! +
    left[3 * row + 1]! * right[3 + column]! +
    left[3 * row + 2]! * right[6 + column]!;
  const row = (i: number): Row => [entry(i, 0), entry(i, 1), entry(i, 2)];
  return [...row(0), ...row(1), ...row(2)];
}

/** The inverse of `m`. */
export function inverse(m: Matrix): Matrix {
  const [a, b, c, d, e, f, g, h, i] = m;
  const determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  const row = (x: number, y: number, z: number): Row => [x / determinant, y / determinant, z / determinant];
  return [
    ...row(e * i - f * h, c * h - b * i, b * f - c * e),
    ...row(f * g - d * i, a * i - c * g, c * d - a * f),
    ...row(d * h - e * g, b * g - a * h, a * e - b * d),
  ];
}

/** The image of a point under the map. */
export function applyTo(m: Matrix, x: number, y: number): [x: number, y: number] {
  const k = m[6] * x + m[7] * y + m[8];
  return [(m[0] * x + m[1] * y + m[2]) / k, (m[3] * x + m[4] * y + m[5]) / k];
}

/** Flips horizontally if `flip` is 1; the identity if it is 0. Source: `flip_mat`, fastai. */
export function flipMat(flip: number): Matrix {
  return affineMat(1 - 2 * flip, 0, 0, 0, 1, 0);
}

/**
 * The `k`th of the eight symmetries of the square (0: unchanged). Source: `dihedral_mat`, fastai.
 *
 * @throws ArgumentError when `k` is not an integer from 0 to 7.
 */
export function dihedralMat(k: number): Matrix {
  checkInteger('k', k, { min: 0, max: 7 });
  const x = [1, -1, 1, -1, -1, 1, 1, -1][k]!;
  const y = [1, 1, -1, 1, -1, -1, 1, -1][k]!;
  const keeps = [1, 1, 1, 0, 1, 0, 0, 0][k]!;
  const swaps = 1 - keeps;
  return affineMat(x * keeps, x * swaps, 0, y * swaps, y * keeps, 0);
}

/** Rotates by `degrees`. Source: `rotate_mat`, fastai. */
export function rotateMat(degrees: number): Matrix {
  const theta = (degrees * Math.PI) / 180;
  return affineMat(Math.cos(theta), Math.sin(theta), 0, -Math.sin(theta), Math.cos(theta), 0);
}

/**
 * Magnifies by `zoom` about the point `x`, `y`, given as fractions of the width and height (0 … 1).
 * Source: `zoom_mat`, fastai.
 */
export function zoomMat(zoom: number, x: number, y: number): Matrix {
  const s = 1 / zoom;
  return affineMat(s, 0, (1 - s) * (2 * x - 1), 0, s, (1 - s) * (2 * y - 1));
}

/**
 * Corrects for the aspect ratio of a non-square image, so that a rotation does not shear it.
 * Source: `_prepare_mat` of fastai `vision/augment.py`.
 */
export function forAspect(m: Matrix, height: number, width: number): Matrix {
  const [a, b, c, d, e, f, ...rest] = m;
  return [a, (b * height) / width, c, (d * width) / height, e, f, ...rest];
}
