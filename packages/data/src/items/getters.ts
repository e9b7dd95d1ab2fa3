import { registered } from '@fastts/core';
import type { Getter } from './itemTypes.js';

/** The getter of a block whose raw value is the item itself. */
export const itself: Getter<unknown> = (item) => item;

/**
 * Makes a getter that takes the element number `i` of an item that is a list.
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
 * Makes a getter that takes the property `name` of an item, or `otherwise` if the item has none.
 *
 * Source: fastai `data/transforms.py`, `AttrGetter`.
 */
export const AttrGetter = registered('AttrGetter')(function AttrGetter(
  name: string,
  otherwise?: unknown,
): (item: object) => unknown {
  return (item) => (name in item ? item[name as keyof typeof item] : otherwise);
});
