import * as tf from '@tensorflow/tfjs-core';

/** Mean and standard deviation of each channel, of values from 0 to 1. */
export interface ChannelStats {
  mean: readonly number[];
  std: readonly number[];
}

/**
 * Subtracts each channel's mean and divides by its standard deviation.
 *
 * @param images `[n, height, width, channels]`
 * @param stats Statistics with one number per channel, or one for all.
 */
export function normalizeChannels(images: tf.Tensor4D, { mean, std }: ChannelStats): tf.Tensor4D {
  return tf.tidy(() => tf.div(tf.sub(images, tf.tensor1d([...mean])), tf.tensor1d([...std])));
}
