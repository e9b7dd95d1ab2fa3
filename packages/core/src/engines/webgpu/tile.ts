import { unroll } from './program.js';

/** A workgroup's 16 × 16 invocations compute `rows` × `columns` values of a matrix product each. */
export interface Tile {
  rows: 4 | 8;
  columns: 4 | 8;
}

/** Depth of the slices of both factors in shared memory. */
export const DEPTH = 16;

/** Number of tiles that cover `length` rows or columns. */
export function tiles(length: number, perInvocation: number): number {
  return Math.ceil(length / (16 * perInvocation));
}

/** WGSL: the sums of an invocation, `sum${i}${j}` for row `i` and the `j`th four columns. */
export function accumulators({ rows, columns }: Tile): string {
  return unroll(rows, (i) => unroll(columns / 4, (j) => `var sum${i}${j} = vec4<f32>(0.0);`));
}

/** WGSL that adds a product of one value, a component of `a`, and four of the second factor. */
export function multiplyAdd(i: number, j: number, a: string, component: number): string {
  return `sum${i}${j} = fma(vec4<f32>(${a}.${'xyzw'[component]}), b${j}, sum${i}${j});`;
}

/** WGSL that returns up to four values of an array of scalars; those beyond the last column are 0. */
export function readScalars(array: string, first: string, column: string): string {
  return `var value = vec4<f32>(0.0);
  for (var e = 0; e < 4 && ${column} + e < uniforms.columns; e++) { value[e] = ${array}[${first} + e]; }
  return value;`;
}

/** WGSL that writes four values of a row of the result, without those beyond the last column. */
export function write(sum: string, row: string, column: string, isVector: boolean): string {
  if (isVector) {
    return `if (${column} < uniforms.columns) { result[(${row} * uniforms.columns + ${column}) / 4] = ${sum}; }`;
  }
  return unroll(
    4,
    (e) =>
      `if (${column} + ${e} < uniforms.columns) { result[${row} * uniforms.columns + ${column} + ${e}] = ${sum}.${'xyzw'[e]}; }`,
  );
}
