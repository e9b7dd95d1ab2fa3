import type { Tensor } from '@tensorflow/tfjs-core';

/** Numbers, or nested lists of them. */
type Nested = number | Nested[];

/**
 * The items of a batch as nested lists. Unlike for a tensor's `array()`, only an empty batch axis results in an empty
 * list: `[n, 0]` results in `n` empty lists.
 */
export async function tensorRows(batch: Tensor): Promise<Nested[]> {
  if (batch.size === 0) return emptyRows(batch.shape);
  const rows: Nested = await batch.array();
  return Array.isArray(rows) ? rows : [rows];
}

function emptyRows([n = 0, ...shape]: readonly number[]): Nested[] {
  return shape.length === 0 ? [] : Array.from({ length: n }, () => emptyRows(shape));
}
