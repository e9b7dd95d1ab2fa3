import * as tf from '@tensorflow/tfjs-core';
import { ShapeError } from '../errors.js';

/**
 * Rearranges channels into pixels, so that images become larger.
 *
 * Channel `c · scale² + i · scale + j` becomes the pixel in row `i` and column `j` of each `scale` × `scale` square of channel `c`,
 * as in PyTorch's `pixel_shuffle`.
 *
 * Source: Shi et al. 2016 (https://arxiv.org/abs/1609.05158).
 *
 * @param x `[n, height, width, channels · scale²]`
 * @returns `[n, height · scale, width · scale, channels]`
 * @throws ShapeError when the channels cannot be divided by `scale²`.
 */
export function pixelShuffle(x: tf.Tensor4D, scale: number): tf.Tensor4D {
  const [n, height, width, all] = x.shape;
  if (all % scale ** 2 !== 0) {
    throw new ShapeError(
      `Pixel shuffle by ${scale} needs a multiple of ${scale ** 2} channels, got [${x.shape}].`,
    );
  }
  const channels = all / scale ** 2;
  const apart = tf.reshape(x, [n * height, width, channels, scale, scale]);
  return tf.reshape(tf.transpose(apart, [0, 3, 1, 4, 2]), [n, height * scale, width * scale, channels]);
}
