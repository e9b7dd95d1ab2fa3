import { registered } from '@fastts/core';
import { TransformBlock } from '@fastts/data';
import * as tf from '@tensorflow/tfjs-core';
import type { Point } from '../batchTransforms/perspective.js';
import { ClipBoxes } from '../itemTransforms/clipBoxes.js';
import { PointScaler } from '../itemTransforms/pointScaler.js';
import { referencePoints, restorePoints } from '../itemTransforms/restorePoints.js';
import { grouped, ToCoordinates } from '../itemTransforms/toCoordinates.js';
import { PointBlock } from './pointBlock.js';

/** A box on an image: its sides, from −1 (left, top) to 1 (right, bottom) of the image; from `learn.predict`, in pixels. */
export type BBox = [left: number, top: number, right: number, bottom: number];

/**
 * A block of any number of boxes on an image, given in pixels as a list of `[left, top, right, bottom]`, or as one
 * list of numbers. A batch is `[n, boxes, 4]` with coordinates from −1 (left, top) to 1 (right, bottom).
 *
 * Transforms that change an image's geometry change its boxes with it: each becomes the bounding box of its
 * transformed corners. After the item transforms, boxes are clipped to the image, and those outside of it are
 * removed, with their labels. In a batch, boxes are padded with zeros to the largest number of an item. The labels
 * are a separate block: {@link BBoxLblBlock}. If boxes are the only target, `learn.predict` returns them in pixels of
 * the image as it was given.
 *
 * Source: fastai `vision/data.py`.
 *
 * @throws LabelError when a target is not a list of boxes.
 *
 * @example
 * new DataBlock({
 *   blocks: [ImageBlock(), BBoxBlock(), BBoxLblBlock()],
 *   nInp: 1,
 *   getX: ({ path }) => path,
 *   getY: [({ boxes }) => boxes, ({ labels }) => labels],
 *   itemTfms: new Resize(128),
 * });
 */
export const BBoxBlock = registered('BBoxBlock')(function BBoxBlock(): TransformBlock<tf.Tensor3D, BBox[]> {
  return new TransformBlock<tf.Tensor3D, BBox[]>({
    kind: 'bbox',
    itemShape: [-1, 4],
    typeTfms: () => [new ToCoordinates('bbox', 4)],
    itemTfms: [new PointScaler(), new ClipBoxes()],
    collate: (items: Float32Array[]) => {
      const count = Math.max(...items.map(({ length }) => length)) / 4;
      const values = new Float32Array(items.length * count * 4);
      for (const [i, boxes] of items.entries()) values.set(boxes, i * count * 4);
      return tf.tensor3d(values, [items.length, count, 4]);
    },
    decodeBatch: async (batch) => {
      const [n, count] = batch.shape;
      const values = await batch.data();
      return Array.from({ length: n }, (_, i) =>
        grouped(values.subarray(4 * i * count, 4 * (i + 1) * count), 4),
      );
    },
    show: (boxes) => ({ boxes }),
    places: { block: () => PointBlock(), reference: referencePoints, restore: restoreBoxes },
  });
});

function restoreBoxes(boxes: readonly BBox[], moved: readonly Point[]): BBox[] {
  return boxes.map(([left, top, right, bottom]) => {
    const corners = restorePoints(
      [
        [left, top],
        [right, bottom],
      ],
      moved,
    );
    return [...corners[0]!, ...corners[1]!];
  });
}
