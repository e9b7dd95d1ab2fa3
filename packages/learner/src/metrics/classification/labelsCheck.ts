import { ShapeError } from '@fastts/core';
import type * as tf from '@tensorflow/tfjs-core';
import { LearnerError } from '../../errors.js';

/**
 * Checks that predictions and targets have the same shape `[items, labels]`.
 *
 * @throws ShapeError when they do not.
 */
export function checkLabels(preds: tf.TensorBuffer<tf.Rank>, targs: tf.TensorBuffer<tf.Rank>): void {
  if (preds.shape.length !== 2 || preds.shape.join() !== targs.shape.join()) {
    throw new ShapeError(
      `A metric of several labels has predictions of shape [${preds.shape}] and targets of shape [${targs.shape}]: both must be [items, labels]. For one label per item, use the metric without 'Multi' in its name.`,
    );
  }
}

/**
 * Checks that all class indices are 0 or 1.
 *
 * @param instead What to use for more classes, for the message.
 * @throws LearnerError when one is not.
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
    `${name} is for two classes, 0 and 1, but there is a class ${highest}: use ${instead}.`,
  );
}
