import { ShapeError } from '@fastts/core';
import type * as tf from '@tensorflow/tfjs-core';
import { LearnerError } from '../../errors.js';

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

/**
 * Checks that all class numbers are 0 or 1.
 *
 * @param instead what to give for more classes, for the message
 * @throws LearnerError naming the highest number
 */
export function checkTwoClasses(
  name: string,
  instead: string,
  ...numbers: readonly ArrayLike<number>[]
): void {
  let highest = 0;
  for (const some of numbers) for (let i = 0; i < some.length; i++) highest = Math.max(highest, some[i]!);
  if (highest <= 1) return;
  throw new LearnerError(
    `${name} is for two classes, 0 and 1, but there is a class ${highest}: give ${instead}.`,
  );
}
