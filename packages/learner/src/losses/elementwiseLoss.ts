import { ShapeError } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { type Loss, type Reduction, reduceLoss } from './loss.js';

/**
 * An element-wise loss of predictions and targets, which are converted to float32; both are flattened.
 *
 * @throws ShapeError when predictions and targets differ in size.
 */
export abstract class ElementwiseLoss implements Loss {
  /** @param reduction Default `'mean'`. */
  constructor(public reduction: Reduction = 'mean') {}

  /** The loss: a scalar, or one per element when `reduction` is `'none'`. */
  forward(pred: tf.Tensor, target: tf.Tensor): tf.Tensor {
    if (pred.size !== target.size) {
      throw new ShapeError(
        `The loss has predictions of shape [${pred.shape}] but targets of shape [${target.shape}]: they must have equal sizes.`,
      );
    }
    return tf.tidy(() => {
      const truth = tf.reshape(tf.cast(target, 'float32'), pred.shape);
      return reduceLoss(tf.reshape(this.ofElements(pred, truth), [-1]), this.reduction);
    });
  }

  /** The loss of each element; both tensors are float32 and of the predictions' shape. */
  protected abstract ofElements(pred: tf.Tensor, target: tf.Tensor): tf.Tensor;
}

/** One weight for all classes, or one per class, as a tensor; the predictions' last axis has the classes. */
export function classFactors(
  factors: number | readonly number[],
  pred: tf.Tensor,
  name: string,
): tf.Scalar | tf.Tensor1D {
  if (typeof factors === 'number') return tf.scalar(factors);
  const classes = pred.shape.at(-1);
  if (factors.length !== classes) {
    throw new ShapeError(
      `The loss's ${name} must have one number per class (${classes}), got ${factors.length}.`,
    );
  }
  return tf.tensor1d([...factors]);
}
