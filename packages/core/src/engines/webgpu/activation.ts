import type * as tf from '@tensorflow/tfjs-core';
import { elementwise } from './elementwise.js';
import { kernel, type WebGpuKernel } from './kernel.js';
import type { WebGpuBackend } from './program.js';

/** `dy` where `y` is positive, else 0. */
export function reluGradFromOutput(
  backend: WebGpuBackend,
  dy: tf.TensorInfo,
  y: tf.TensorInfo,
): tf.TensorInfo {
  return elementwise(backend, 'reluGradFromOutput', { dy, y }, 'select(T(0.0), dy, y > T(0.0))');
}

/** The end of a residual block, and the gradient of ReLU. */
export const activationKernels: readonly WebGpuKernel[] = [
  kernel<{ dy: tf.TensorInfo; y: tf.TensorInfo }>('ReluGradFromOutput', ({ dy, y }, _, backend) =>
    reluGradFromOutput(backend, dy, y),
  ),
  kernel<{ a: tf.TensorInfo; b: tf.TensorInfo }>('AddRelu', ({ a, b }, _, backend) =>
    elementwise(backend, 'addRelu', { a, b }, 'max(a + b, T(0.0))'),
  ),
];
