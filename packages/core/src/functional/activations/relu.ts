import * as tf from '@tensorflow/tfjs-core';
import { ShapeError } from '../../errors.js';
import { hasKernel, runKernel } from '../engineKernel.js';

/** `max(x, 0)`. Its gradient needs only the output, so training does not keep the input in memory. */
export function relu<T extends tf.Tensor>(x: T): T {
  return tf.customGrad((input, save) => {
    const y = tf.relu(input as tf.Tensor);
    (save as tf.GradSaveFunc)([y]);
    return { value: y, gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => reluGradFromOutput(dy, saved[0]!) };
  })(x) as T;
}

/**
 * `max(a + b, 0)` of two tensors of the same shape: the end of a residual block.
 *
 * @throws ShapeError when the shapes differ.
 */
export function addRelu<T extends tf.Tensor>(a: T, b: T): T {
  if (!tf.util.arraysEqual(a.shape, b.shape)) {
    throw new ShapeError(`addRelu needs two tensors of the same shape, got [${a.shape}] and [${b.shape}].`);
  }
  return tf.customGrad((left, right, save) => {
    const y = hasKernel('AddRelu')
      ? runKernel<T>('AddRelu', { a: left as T, b: right as T })
      : tf.relu(tf.add(left as T, right as T));
    (save as tf.GradSaveFunc)([y]);
    return {
      value: y,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const dx = reluGradFromOutput(dy, saved[0]!);
        // tfjs disposes of a gradient when it adds another to it, so each input needs its own handle.
        return [dx, tf.clone(dx)];
      },
    };
  })(a, b) as T;
}

/** The gradient of `max(x, 0)` computed from its output `y`: `dy` where `y` is positive, else 0. */
export function reluGradFromOutput(dy: tf.Tensor, y: tf.Tensor): tf.Tensor {
  return hasKernel('ReluGradFromOutput')
    ? runKernel<tf.Tensor>('ReluGradFromOutput', { dy, y })
    : tf.tidy(() => tf.mul(dy, tf.step(y)));
}
