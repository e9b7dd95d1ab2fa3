import { registered } from '@fastts/core';
import type { Getter } from './itemTypes.js';

/** The default getter, which returns the item itself. */
export const itself: Getter<unknown> = (item) => item;

/**
 * Returns a getter of the element at index `i` of an item that is a list.
 *
 * Source: fastai `data/transforms.py`, `ItemGetter`.
 *
 * @example
 * new DataBlock({ blocks: [ImageBlock(), CategoryBlock()], getters: [ItemGetter(0), ItemGetter(1)] });
 */
export const ItemGetter = registered('ItemGetter')(function ItemGetter(
  i: number,
): (item: readonly unknown[]) => unknown {
  return (item) => item.at(i);
});

/**
 * Returns a getter of the property `name` of an item, or `otherwise` if the item does not have it.
 *
 * Source: fastai `data/transforms.py`, `AttrGetter`.
 */
export const AttrGetter = registered('AttrGetter')(function AttrGetter(
  name: string,
  otherwise?: unknown,
): (item: object) => unknown {
  return (item) => (name in item ? item[name as keyof typeof item] : otherwise);
});
