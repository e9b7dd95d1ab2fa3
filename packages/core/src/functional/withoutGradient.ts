import * as tf from '@tensorflow/tfjs-core';

/**
 * Computes a tensor without recording gradients: PyTorch's `torch.no_grad`.
 *
 * @param compute Computes the tensor; intermediate tensors are disposed of.
 * @example
 * running.assign(withoutGradient(() => tf.add(tf.mul(running, 0.9), tf.mul(mean, 0.1))));
 */
export function withoutGradient<T extends tf.Tensor>(compute: () => T): T {
  return tf.customGrad(() => ({ value: compute(), gradFunc: () => [] }))();
}
