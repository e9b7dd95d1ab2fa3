import { ShapeError } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { type Loss, type Reduction, reduceLoss } from './loss.js';

/**
 * A loss of each number of the predictions against the one at its place in the targets, which become float32; both are
 * flattened.
 *
 * @throws ShapeError when there are not as many targets as predictions
 */
export abstract class ElementwiseLoss implements Loss {
  /** @param reduction default `'mean'` */
  constructor(public reduction: Reduction = 'mean') {}

  /** The loss: a scalar, or one for each number when `reduction` is `'none'`. */
  forward(pred: tf.Tensor, target: tf.Tensor): tf.Tensor {
    if (pred.size !== target.size) {
      throw new ShapeError(
        `The loss has predictions of shape [${pred.shape}] but targets of shape [${target.shape}]: they must be as many numbers.`,
      );
    }
    return tf.tidy(() => {
      const truth = tf.reshape(tf.cast(target, 'float32'), pred.shape);
      return reduceLoss(tf.reshape(this.ofElements(pred, truth), [-1]), this.reduction);
    });
  }

  /** The loss of each element; both are float32 and of the predictions' shape. */
  protected abstract ofElements(pred: tf.Tensor, target: tf.Tensor): tf.Tensor;
}

/** One factor for all, or one for each class, of which there must be as many as the predictions' last axis is long. */
export function classFactors(
  factors: number | readonly number[],
  pred: tf.Tensor,
  name: string,
): tf.Scalar | tf.Tensor1D {
  if (typeof factors === 'number') return tf.scalar(factors);
  const classes = pred.shape.at(-1);
  if (factors.length !== classes) {
    throw new ShapeError(
      `The loss's ${name} has ${factors.length} numbers but the predictions are of ${classes} classes.`,
    );
  }
  return tf.tensor1d([...factors]);
}
