import type { Parameter } from '@fastts/core';
import * as tf from '@tensorflow/tfjs';

/**
 * Gradients of what `forward` returns for each of `parameters` that it depends on. They belong to the caller.
 *
 * What `forward` throws is thrown on, after the tensors that were recorded for the gradient are let go: thrown through
 * TensorFlow.js itself, it would leave them for ever.
 */
export function gradients(
  forward: () => tf.Tensor,
  parameters: readonly Parameter[],
): Map<Parameter, tf.Tensor> {
  let failure: { error: unknown } | undefined;
  const recorded = (): tf.Tensor => {
    try {
      return forward();
    } catch (error) {
      failure = { error };
      return tf.scalar(0);
    }
  };
  const { value, grads } = tf.engine().gradients(
    recorded,
    parameters.map((parameter) => parameter.value),
    undefined,
    true,
  );
  if (failure) {
    value.dispose();
    throw failure.error;
  }
  const found = new Map<Parameter, tf.Tensor>();
  parameters.forEach((parameter, i) => {
    const gradient: tf.Tensor | undefined = grads[i];
    if (gradient) found.set(parameter, gradient);
  });
  return found;
}
