import { registered } from '@fastts/core';
import { TransformBlock } from '@fastts/data';
import * as tf from '@tensorflow/tfjs-core';
import { ClipBoxes } from '../itemTransforms/clipBoxes.js';
import { PointScaler } from '../itemTransforms/pointScaler.js';
import { grouped, ToCoordinates } from '../itemTransforms/toCoordinates.js';

/** A box on an image: its sides, from −1 (left, top) to 1 (right, bottom). */
export type BBox = [left: number, top: number, right: number, bottom: number];

/**
 * A block of any number of boxes on an image, given in pixels as a list of `[left, top, right, bottom]`, or as
 * one list of numbers. A batch is `[n, boxes, 4]` with places from −1 (left, top) to 1 (right, bottom).
 *
 * Item and batch transforms that move the image move its boxes with it, each to the smallest upright box
 * around its moved corners. After the item transforms boxes are clipped to the image, and those that lie off
 * it left out, with their labels; then those of a batch are filled up with zeros to the number of the item that
 * has most. The labels are a block of their own: {@link BBoxLblBlock}.
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
  });
});
