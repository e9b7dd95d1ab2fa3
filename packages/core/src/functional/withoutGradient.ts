import * as tf from '@tensorflow/tfjs-core';

/**
 * Computes a tensor through which no gradient flows, and of which gradient recording keeps nothing: PyTorch's
 * `torch.no_grad`.
 *
 * @param compute Makes the tensor; what it makes on the way is cleared.
 * @example
 * running.assign(withoutGradient(() => tf.add(tf.mul(running, 0.9), tf.mul(mean, 0.1))));
 */
export function withoutGradient<T extends tf.Tensor>(compute: () => T): T {
  return tf.customGrad(() => ({ value: compute(), gradFunc: () => [] }))() as T;
}
