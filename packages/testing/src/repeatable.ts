// Accessing Jest's globals is slow.
const { imul } = Math;

/** A seeded generator of numbers in [0, 1): the linear congruential generator of Numerical Recipes. */
export function repeatable(seed: number): () => number {
  let state = imul(seed, 2654435761) + 1;
  return () => {
    state = (imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
