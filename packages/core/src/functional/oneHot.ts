import * as tf from '@tensorflow/tfjs-core';

/**
 * One-hot vectors of indices, as float32: `[..., depth]` of `[...]`. For an index outside of 0 to `depth − 1` the
 * vector is all zeros.
 *
 * `tf.oneHot` rejects a depth of 1, and on the wasm engine returns the bits of integers as floats.
 */
export function oneHot(indices: tf.Tensor, depth: number): tf.Tensor {
  return tf.tidy(() => {
    const all = tf.range(0, depth, 1, 'int32');
    return tf.cast(tf.equal(tf.expandDims(tf.cast(indices, 'int32'), -1), all), 'float32');
  });
}
