import type { ImageCell, LabelledBox } from '@fastts/core';
import type { Shown } from '../blocks/transformBlock.js';

/**
 * The pictures among what an item's values show, a cell of an image grid each: the first under all titles, with all masks,
 * points and boxes over it, then the others, such as a second input or a target that is a picture, as they are.
 *
 * @returns nothing where no value has a picture.
 */
export function toCells(parts: readonly Shown[]): ImageCell[] {
  const first = toCell(parts);
  const others = parts.filter(({ pixels }) => pixels).slice(1);
  return [...(first ? [first] : []), ...others.map((part) => toCell([part])!)];
}

function toCell(parts: readonly Shown[]): ImageCell | undefined {
  const { pixels, width, height } = parts.find((part) => part.pixels) ?? {};
  if (!pixels || !width || !height) return undefined;
  return {
    pixels,
    width,
    height,
    title: parts.flatMap(({ title }) => title ?? []).join(' '),
    mask: parts.find(({ mask }) => mask)?.mask,
    points: parts.flatMap(({ points }) => points ?? []),
    boxes: labelledBoxes(parts),
  };
}

/** Boxes that have an area, and a label where there are labels: those that fill a batch up have neither. */
function labelledBoxes(parts: readonly Shown[]): LabelledBox[] {
  const labels = parts.find(({ boxLabels }) => boxLabels)?.boxLabels;
  return parts
    .flatMap(({ boxes }) => boxes ?? [])
    .map((box, i) => ({ box, label: labels?.[i] }))
    .filter(({ box: [left, top, right, bottom], label }) => {
      return right > left && bottom > top && (!labels || label !== undefined);
    });
}
