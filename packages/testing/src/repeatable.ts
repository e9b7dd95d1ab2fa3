// Jest's globals are slow to look up.
const { imul } = Math;

/** A generator of numbers in [0, 1) that are the same for the same seed: Numerical Recipes' linear congruential generator. */
export function repeatable(seed: number): () => number {
  let state = imul(seed, 2654435761) + 1;
  return () => {
    state = (imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
