import * as tf from '@tensorflow/tfjs-core';

/** An affine change of the logits of images: they are multiplied by `scale`, then `shift` is added. */
export interface LogitChange {
  /** One per image. */
  scale: readonly number[];
  /** One per image. */
  shift: readonly number[];
}

/** Values are clipped to this distance from 0 and 1, whose logits are infinite. */
const MARGIN = 1e-7;

/**
 * Changes the logits of images with values from 0 to 1.
 *
 * @param images `[n, height, width, channels]`
 */
export function changeLogits(images: tf.Tensor4D, { scale, shift }: LogitChange): tf.Tensor4D {
  if (scale.every((s) => s === 1) && shift.every((b) => b === 0)) return images;
  return tf.tidy(() => {
    // sigmoid(s · logit(x) + b) without logarithms: 1 / (1 + e^−b · (1/x − 1)^s).
    const clipped = tf.clipByValue(images, MARGIN, 1 - MARGIN);
    const odds = tf.sub(tf.reciprocal(clipped), 1);
    const scaled = tf.pow(odds, perImage(scale));
    const shifted = tf.mul(scaled, perImage(shift.map((b) => Math.exp(-b))));
    return tf.reciprocal(tf.add(shifted, 1)) as tf.Tensor4D;
  });
}

function perImage(values: readonly number[]): tf.Tensor4D {
  return tf.tensor4d([...values], [values.length, 1, 1, 1]);
}
