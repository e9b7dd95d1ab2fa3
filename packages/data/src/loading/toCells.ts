import type { ImageCell } from '@fastts/core';

/**
 * The images among an item's shown values, one grid cell each. The first has all titles, masks, points and boxes; the
 * others, such as a second input or an image target, are unchanged.
 *
 * @returns An empty list if no value has an image.
 */
export function toCells(parts: readonly Partial<ImageCell>[]): ImageCell[] {
  const [first, ...others] = parts.filter(isCell);
  if (!first) return [];
  const cell = {
    image: first.image,
    title: parts.flatMap(({ title }) => title ?? []).join(' '),
    mask: parts.find(({ mask }) => mask)?.mask,
    points: parts.flatMap(({ points }) => points ?? []),
    boxes: parts.flatMap(({ boxes }) => boxes ?? []),
    boxLabels: parts.find(({ boxLabels }) => boxLabels)?.boxLabels,
  };
  return [cell, ...others];
}

function isCell(part: Partial<ImageCell>): part is ImageCell {
  return part.image !== undefined;
}
