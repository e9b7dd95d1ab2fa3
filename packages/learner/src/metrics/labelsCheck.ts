import { ShapeError } from '@fastts/core';
import type * as tf from '@tensorflow/tfjs';

/**
 * Checks that there is a target for each prediction of each label.
 *
 * @throws ShapeError naming both shapes
 */
export function checkLabels(preds: tf.TensorBuffer<tf.Rank>, targs: tf.TensorBuffer<tf.Rank>): void {
  if (preds.shape.length !== 2 || preds.shape.join() !== targs.shape.join()) {
    throw new ShapeError(
      `A metric of several labels has predictions of shape [${preds.shape}] and targets of shape [${targs.shape}]: both must be [items, labels]. For one label an item give the metric without 'Multi'.`,
    );
  }
}
