import { ShapeError } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Hue, saturation and value of images, each from 0 to 1.
 *
 * Source: Smith 1978; `rgb2hsv` of fastai `vision/augment.py`.
 *
 * @param images `[n, height, width, 3]`: red, green and blue from 0 to 1.
 * @returns `[n, height, width, 3]`
 * @throws ShapeError when they do not have three channels.
 */
export function rgb2hsv(images: tf.Tensor4D): tf.Tensor4D {
  if (images.shape[3] !== 3) {
    throw new ShapeError(`rgb2hsv needs images of 3 channels, got shape [${images.shape}].`);
  }
  return tf.tidy(() => {
    const [r, g, b] = tf.split(images, 3, 3) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
    const value = tf.max(images, 3, true);
    const chroma = tf.sub(value, tf.min(images, 3, true));
    const divisor = tf.where(tf.equal(chroma, 0), tf.onesLike(chroma), chroma);
    const sixth = (from: tf.Tensor, to: tf.Tensor, start: number) =>
      tf.add(tf.div(tf.sub(to, from), divisor), start);
    const ofGreenOrBlue = tf.where(tf.equal(g, value), sixth(r, b, 2), sixth(g, r, 4));
    const sixths = tf.where(tf.equal(r, value), sixth(b, g, 0), ofGreenOrBlue);
    const hue = tf.mod(tf.add(tf.div(sixths, 6), 1), 1);
    const saturation = tf.div(chroma, tf.where(tf.equal(value, 0), tf.onesLike(value), value));
    return tf.concat([hue, saturation, value] as tf.Tensor4D[], 3);
  });
}

/**
 * Converts hue, saturation and value to RGB: the inverse of {@link rgb2hsv}.
 *
 * Source: as {@link rgb2hsv}.
 *
 * @param hsv `[n, height, width, 3]`
 * @returns `[n, height, width, 3]`: red, green and blue from 0 to 1.
 */
export function hsv2rgb(hsv: tf.Tensor4D): tf.Tensor4D {
  return tf.tidy(() => {
    const [hue, saturation, value] = tf.split(hsv, 3, 3) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
    // Over six sectors of the hue circle, a channel falls, is low for two, rises, and is high for two.
    const place = tf.mod(tf.add(tf.mul(hue, 6), tf.tensor1d([5, 3, 1])), 6);
    const lack = tf.clipByValue(tf.minimum(place, tf.sub(4, place)), 0, 1);
    return tf.mul(value, tf.sub(1, tf.mul(saturation, lack)));
  });
}
