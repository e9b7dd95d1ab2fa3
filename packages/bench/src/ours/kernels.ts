import { measurePeak } from '@fastts/native';
import { tf } from 'fastts';
import type { ConvTask, MatMulTask } from '../tasks.js';
import { type Measured, repeated } from './measured.js';

/** The peak of the multiply-add units. */
export function peak(): Measured {
  const run = async () => ({ seconds: 0, gflops: measurePeak() });
  return { warmUp: run, run, dispose() {} };
}

/** A product of two matrices. */
export function matrixProduct({ m, k, n, transposeB }: MatMulTask): Measured {
  const a = tf.randomNormal([m, k]);
  const b = tf.randomNormal(transposeB ? [n, k] : [k, n]);
  return repeated(
    () => tf.matMul(a, b, false, transposeB).dispose(),
    () => tf.dispose([a, b]),
  );
}

/** A convolution, or the kernel of one of its gradients. */
export function convolution(task: ConvTask): Measured {
  const { direction, batchSize, size, inChannels, outChannels, kernelSize, stride } = task;
  const padding = Math.trunc(kernelSize / 2);
  const outSize = Math.floor((size + 2 * padding - kernelSize) / stride) + 1;
  const pad = [
    [0, 0],
    [padding, padding],
    [padding, padding],
    [0, 0],
  ];
  const attrs = { strides: [stride, stride], pad, dataFormat: 'NHWC', dilations: [1, 1] };
  const x = tf.randomNormal([batchSize, size, size, inChannels]);
  const filter = tf.randomNormal([kernelSize, kernelSize, inChannels, outChannels]);
  const dy = tf.randomNormal([batchSize, outSize, outSize, outChannels]);
  const kernel = (name: string, inputs: tf.NamedTensorMap, shapes: tf.NamedAttrMap = {}) =>
    tf
      .engine()
      .runKernel<tf.Tensor>(name, inputs, { ...attrs, ...shapes })
      .dispose();
  const calls = {
    forward: () => kernel('Conv2D', { x, filter }),
    inputGradient: () => kernel('Conv2DBackpropInput', { dy, filter }, { inputShape: x.shape }),
    filterGradient: () => kernel('Conv2DBackpropFilter', { x, dy }, { filterShape: filter.shape }),
  };
  return repeated(calls[direction], () => tf.dispose([x, filter, dy]));
}
