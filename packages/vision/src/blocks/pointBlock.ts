import { type DataSource, registered, ShapeError } from '@fastts/core';
import { TransformBlock } from '@fastts/data';
import * as tf from '@tensorflow/tfjs-core';
import type { Point } from '../batchTransforms/perspective.js';
import { PointScaler } from '../itemTransforms/pointScaler.js';
import { referencePoints, restorePoints } from '../itemTransforms/restorePoints.js';
import { grouped, ToCoordinates } from '../itemTransforms/toCoordinates.js';

/**
 * A block of points on an image, the same number for each image, given in pixels as a list of `[x, y]`, or as one
 * list of numbers. A batch is `[n, points, 2]` with x and y from −1 (left, top) to 1 (right, bottom); a point that
 * was cropped away is outside of this range.
 *
 * Transforms that change an image's geometry change its points with it. A data loader's `c` is the number of
 * coordinates. {@link PointScaler} has options for other coordinates. `learn.predict` returns points in pixels of the
 * image as it was given, before all transforms; {@link toPixels} converts others.
 *
 * Source: fastai `vision/data.py`.
 *
 * @throws LabelError when a target is not a list of points.
 *
 * @example
 * new DataBlock({ blocks: [ImageBlock(), PointBlock()], getItems: getImageFiles, getY: (path) => [centerOf(path)] });
 */
export const PointBlock = registered('PointBlock')(function PointBlock(): TransformBlock<
  tf.Tensor3D,
  Point[]
> {
  return new TransformBlock<tf.Tensor3D, Point[]>({
    kind: 'point',
    itemShape: [-1, 2],
    typeTfms: () => [new ToPoints()],
    itemTfms: [new PointScaler()],
    collate: collatePoints,
    decodeBatch: async (batch: tf.Tensor) => {
      const [n, values] = [batch.shape[0]!, await batch.data()];
      const each = values.length / n;
      return Array.from({ length: n }, (_, i) => grouped(values.subarray(i * each, (i + 1) * each), 2));
    },
    show: (points) => ({ points }),
    places: { block: () => PointBlock(), reference: referencePoints, restore: restorePoints },
  });
});

/** Learns the number of coordinates per item. */
@registered('ToPoints', (points: ToPoints) => [points.c])
class ToPoints extends ToCoordinates {
  constructor(public c = 0) {
    super('point', 2);
  }

  override async setups(items: DataSource): Promise<void> {
    for await (const points of items.values()) {
      this.c = this.encodes(points as number[][]).length;
      return;
    }
  }
}

function collatePoints(items: Float32Array[]): tf.Tensor3D {
  const count = items[0]!.length / 2;
  const other = items.find((points) => points.length !== 2 * count);
  if (other) {
    throw new ShapeError(
      `one image has ${count} points, another ${other.length / 2}: give each the same number, in the same order.`,
    );
  }
  const values = new Float32Array(items.length * count * 2);
  for (const [i, points] of items.entries()) values.set(points, i * count * 2);
  return tf.tensor3d(values, [items.length, count, 2]);
}
