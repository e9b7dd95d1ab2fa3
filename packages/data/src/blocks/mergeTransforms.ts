import { ArgumentError, type Transform } from '@fastts/core';

/**
 * Joins lists of transforms so that of each class only the last stays, at the place of the first.
 *
 * Source: fastai `data/block.py`, `_merge_tfms`.
 *
 * @throws ArgumentError for a class in place of a transform
 */
export function mergeTransforms(...lists: readonly (readonly Transform[])[]): Transform[] {
  const byClass = new Map<unknown, Transform>();
  for (const transform of lists.flat()) {
    if (typeof transform === 'function') {
      const { name } = transform as { name: string };
      throw new ArgumentError(`A transform is made by new: write new ${name}(…).`);
    }
    byClass.set(transform.constructor, transform);
  }
  return [...byClass.values()];
}
