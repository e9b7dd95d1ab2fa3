import type { Transform } from '@fastts/core';

/**
 * Joins lists of transforms so that of each class only the last stays, at the place of the first.
 *
 * Source: fastai `data/block.py`, `_merge_tfms`.
 */
export function mergeTransforms(...lists: readonly (readonly Transform[])[]): Transform[] {
  const byClass = new Map<unknown, Transform>();
  for (const transform of lists.flat()) byClass.set(transform.constructor, transform);
  return [...byClass.values()];
}
