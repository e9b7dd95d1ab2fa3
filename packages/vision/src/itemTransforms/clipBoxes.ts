import { type EncodeContext, registered, Transform, type ValueTuple } from '@fastts/core';
import { LabelError } from '@fastts/data';

/**
 * Item transform that clips boxes to their image, and removes empty ones, with their labels.
 *
 * Source: `clip_remove_empty` of fastai `vision/data.py`.
 *
 * @throws LabelError when an item has different numbers of boxes and labels.
 */
@registered('ClipBoxes')
export class ClipBoxes extends Transform {
  /** After all spatial transforms. */
  override order = 10;
  override kinds = ['bbox', 'bboxLabel'];

  encodes(value: Float32Array | readonly number[], item: EncodeContext): Float32Array | number[] {
    const kept = keptBoxes(item);
    if (item.kind === 'bboxLabel') return kept.map((i) => value[i]!);
    return Float32Array.from(kept.flatMap((i) => [...value.slice(4 * i, 4 * i + 4)].map(clipped)));
  }
}

/** The indices of an item's boxes that are not empty after clipping. */
function keptBoxes({ values, kinds }: ValueTuple): number[] {
  const boxes = values[kinds.indexOf('bbox')] as Float32Array | undefined;
  const labels = values[kinds.indexOf('bboxLabel')] as readonly number[] | undefined;
  const count = (boxes?.length ?? 0) / 4;
  if (boxes && labels && labels.length !== count) {
    throw new LabelError(`An item has ${count} boxes but ${labels.length} labels: return one label per box.`);
  }
  return Array.from({ length: count }, (_, i) => i).filter((i) => !isEmpty(boxes!, i));
}

function isEmpty(boxes: Float32Array, i: number): boolean {
  const [left, top, right, bottom] = [0, 1, 2, 3].map((k) => clipped(boxes[4 * i + k]!));
  return (right! - left!) * (bottom! - top!) <= 0;
}

function clipped(place: number): number {
  return Math.min(Math.max(place, -1), 1);
}
