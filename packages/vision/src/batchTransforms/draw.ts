import { ArgumentError, type Rng } from '@fastts/core';

/**
 * Fixed values in place of random draws: one for all items, one per item of the batch, or a function that returns one
 * per item for a batch of `n` items.
 */
export type Draw = number | readonly number[] | ((n: number) => readonly number[]);

/**
 * Returns a `draw` function that cycles through the values, one per batch.
 *
 * Source: `DeterministicDraw` of fastai `vision/augment.py`.
 */
export function deterministicDraw(values: readonly number[]): Draw {
  let calls = 0;
  return (n) => new Array<number>(n).fill(values[calls++ % values.length]!);
}

/** Options that all random batch transforms share. */
export interface DrawOptions {
  /** Probability of changing an item (default: depends on the transform). */
  p?: number;
  /** Fixed values in place of random draws. */
  draw?: Draw;
  /** Whether one draw is shared by the whole batch (default false: each item has its own). */
  batch?: boolean;
}

/**
 * Draws one value per item of a batch, and replaces each by the `neutral` value with probability `1 - p`.
 *
 * Source: `_draw_mask` and `mask_tensor` of fastai `vision/augment.py`.
 *
 * @param n Number of items in the batch.
 * @param random Draws one random value.
 * @returns `n` values.
 * @throws ArgumentError when `draw` returns fewer values than there are items.
 */
export function drawMasked(
  n: number,
  rng: Rng,
  random: (rng: Rng) => number,
  { p = 1, draw, batch = false, neutral = 0 }: DrawOptions & { neutral?: number } = {},
): number[] {
  const values = draw === undefined ? drawRandom(n, rng, random, batch) : drawFixed(n, draw);
  if (p === 1) return values;
  if (batch) return rng.bernoulli(p) ? values : values.map(() => neutral);
  return values.map((value) => (rng.bernoulli(p) ? value : neutral));
}

function drawRandom(n: number, rng: Rng, random: (rng: Rng) => number, batch: boolean): number[] {
  if (batch) return new Array<number>(n).fill(random(rng));
  return Array.from({ length: n }, () => random(rng));
}

function drawFixed(n: number, draw: Draw): number[] {
  if (typeof draw === 'number') return new Array<number>(n).fill(draw);
  const values = typeof draw === 'function' ? draw(n) : draw;
  if (values.length < n) {
    throw new ArgumentError(
      `\`draw\` returns ${values.length} values for a batch of ${n} items: return one per item.`,
    );
  }
  return values.slice(0, n);
}
