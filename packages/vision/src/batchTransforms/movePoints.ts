import * as tf from '@tensorflow/tfjs-core';
import { identity, inverse, type Matrix, multiply } from './matrix.js';
import type { Geometry } from './sampleGeometry.js';

/**
 * Transforms points like {@link sampleGeometry} transforms their images.
 *
 * Source: `affine_coord` of `TensorPoint`, fastai `vision/augment.py`.
 *
 * @param points `[n, points, 2]`, x and y from −1 to 1 over the image.
 * @param full Height and width of the images before sampling.
 */
export function movePoints(
  points: tf.Tensor3D,
  geometry: Geometry,
  full: readonly [height: number, width: number],
): tf.Tensor3D {
  const ofCrop = cropMat(geometry.crop, full);
  if (points.size === 0 || (ofCrop === identity && geometry.matrices.every((m) => m === identity)))
    return points;
  const [n, count] = points.shape;
  // An image's matrix maps output positions to input positions; a point needs the inverse.
  const maps = geometry.matrices.map((matrix) => multiply(ofCrop, inverse(matrix)));
  return tf.tidy(() => {
    const homogeneous = tf.concat([points, tf.ones([n, count, 1])], 2);
    const moved = tf.matMul(homogeneous, tf.tensor3d(maps.flat(), [n, 3, 3]), false, true);
    return tf.div(tf.slice(moved, [0, 0, 0], [n, count, 2]), tf.slice(moved, [0, 0, 2], [n, count, 1]));
  });
}

/**
 * Transforms boxes like {@link sampleGeometry} transforms their images: each becomes the bounding box of its
 * transformed corners.
 *
 * Source: `affine_coord` of `TensorBBox`, fastai `vision/augment.py`.
 *
 * @param boxes `[n, boxes, 4]`: left, top, right and bottom, from −1 to 1 over the image.
 */
export function moveBoxes(
  boxes: tf.Tensor3D,
  geometry: Geometry,
  full: readonly [height: number, width: number],
): tf.Tensor3D {
  if (boxes.size === 0) return boxes;
  const [n, count] = boxes.shape;
  return tf.tidy(() => {
    const corners = tf.gather(boxes, [0, 1, 0, 3, 2, 1, 2, 3], 2);
    const moved = movePoints(tf.reshape(corners, [n, 4 * count, 2]), geometry, full);
    const each = tf.reshape(moved, [n, count, 4, 2]);
    return tf.concat([tf.min(each, 2), tf.max(each, 2)], 2) as tf.Tensor3D;
  });
}

/** The map from positions on the transformed image to positions on its crop, both from −1 to 1. */
function cropMat(crop: Geometry['crop'], [height, width]: readonly [number, number]): Matrix {
  if (!crop) return identity;
  const [sx, sy] = [width / crop.width, height / crop.height];
  const [x, y] = [sx - 1 - (2 * crop.left) / crop.width, sy - 1 - (2 * crop.top) / crop.height];
  return [sx, 0, x, 0, sy, y, 0, 0, 1];
}
