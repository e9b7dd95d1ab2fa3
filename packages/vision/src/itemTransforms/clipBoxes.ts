import { registered, Transform } from '@fastts/core';
import { LabelError } from '@fastts/data';

/**
 * Item transform that clips boxes to their picture, and leaves out those of which nothing remains, with their
 * labels.
 *
 * Source: `clip_remove_empty` of fastai `vision/data.py`.
 *
 * @throws LabelError when an item has another number of labels than of boxes.
 */
@registered('ClipBoxes')
export class ClipBoxes extends Transform {
  /** After all that moves pictures. */
  override order = 10;
  override kinds = ['bbox', 'bboxLabel'];
  private kept: number[] = [];

  override beforeCall(values: readonly unknown[], kinds: readonly string[]): void {
    const boxes = values[kinds.indexOf('bbox')] as Float32Array | undefined;
    const labels = values[kinds.indexOf('bboxLabel')] as readonly number[] | undefined;
    const count = (boxes?.length ?? 0) / 4;
    if (boxes && labels && labels.length !== count) {
      throw new LabelError(`An item has ${count} boxes and ${labels.length} labels: give each box one.`);
    }
    this.kept = Array.from({ length: count }, (_, i) => i).filter((i) => !isEmpty(boxes!, i));
  }

  encodes(value: Float32Array, kind: 'bbox'): Float32Array;
  encodes(value: readonly number[], kind: 'bboxLabel'): number[];
  encodes(value: Float32Array | readonly number[], kind: string): Float32Array | number[] {
    if (kind === 'bboxLabel') return this.kept.map((i) => value[i]!);
    return Float32Array.from(this.kept.flatMap((i) => [...value.slice(4 * i, 4 * i + 4)].map(clipped)));
  }
}

function isEmpty(boxes: Float32Array, i: number): boolean {
  const [left, top, right, bottom] = [0, 1, 2, 3].map((k) => clipped(boxes[4 * i + k]!));
  return (right! - left!) * (bottom! - top!) <= 0;
}

function clipped(place: number): number {
  return Math.min(Math.max(place, -1), 1);
}
