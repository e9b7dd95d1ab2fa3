import { ArgumentError, nameOf, type Transform } from '@fastts/core';

/**
 * Concatenates lists of transforms, keeping only the last one of each class, at the position of the first.
 *
 * Source: fastai `data/block.py`, `_merge_tfms`.
 *
 * @throws ArgumentError when an element is a class, not an instance.
 */
export function mergeTransforms(...lists: readonly (readonly Transform[])[]): Transform[] {
  const byClass = new Map<unknown, Transform>();
  for (const transform of lists.flat()) {
    if (typeof transform === 'function') {
      throw new ArgumentError(`A transform must be an instance: write new ${nameOf(transform)}(…).`);
    }
    byClass.set(transform.constructor, transform);
  }
  return [...byClass.values()];
}
