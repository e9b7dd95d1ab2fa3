import type { ImageCell } from '@fastts/core';

/**
 * The pictures among what an item's values show, each as a cell of an image grid. The first has all titles, and all masks,
 * points and boxes drawn over it; further ones, such as a second input or a target that is a picture, stay as they are.
 *
 * @returns no cells where no value has a picture.
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
