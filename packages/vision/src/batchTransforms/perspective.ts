import type { Matrix } from './matrix.js';

/** A point (x, y). */
export type Point = readonly [x: number, y: number];

/**
 * The projective map that takes each of the four points `to` to the corresponding one in `from`. The arguments are
 * named as in fastai, where maps go from the output to the input.
 *
 * Source: `find_coeffs` of fastai `vision/augment.py`.
 */
export function findCoeffs(from: readonly Point[], to: readonly Point[]): Matrix {
  const rows = from.flatMap(([u, v], i) => {
    const [x, y] = to[i]!;
    return [
      [x, y, 1, 0, 0, 0, -u * x, -u * y, u],
      [0, 0, 0, x, y, 1, -v * x, -v * y, v],
    ];
  });
  const [a, b, c, d, e, f, g, h] = solve(rows);
  return [a!, b!, c!, d!, e!, f!, g!, h!, 1];
}

/**
 * The perspective of an image seen from the side (`x`) or from above (`y`), both from −1 to 1, where 0 means
 * unchanged.
 *
 * Source: `_WarpCoord` of fastai `vision/augment.py`.
 */
export function warpMat(x: number, y: number): Matrix {
  const corners: Point[] = [
    [-1, -1],
    [-1, 1],
    [1, -1],
    [1, 1],
  ];
  const moved: Point[] = [
    [-1 - y, -1 - x],
    [-1 + y, 1 + x],
    [1 + y, -1 + x],
    [1 - y, 1 - x],
  ];
  return findCoeffs(corners, moved);
}

/**
 * Solves n linear equations, each given as its n coefficients and its right-hand side (Gaussian elimination with
 * pivoting).
 */
function solve(equations: number[][]): number[] {
  const n = equations.length;
  const rows = equations.map((row) => [...row]);
  for (let column = 0; column < n; column++) {
    let pivot = column;
    for (let row = column + 1; row < n; row++) {
      if (Math.abs(rows[row]![column]!) > Math.abs(rows[pivot]![column]!)) pivot = row;
    }
    [rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!];
    const chosen = rows[column]!;
    for (let row = 0; row < n; row++) {
      if (row === column) continue;
      const factor = rows[row]![column]! / chosen[column]!;
      for (let k = column; k <= n; k++) rows[row]![k]! -= factor * chosen[k]!;
    }
  }
  return rows.map((row, i) => row[n]! / row[i]!);
}
