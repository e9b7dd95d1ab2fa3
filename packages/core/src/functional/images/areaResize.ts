import * as tf from '@tensorflow/tfjs-core';
import { type Size, toSize } from '../../size.js';
import { hasKernel, runKernel } from '../engineKernel.js';

/**
 * Resizes images so that each output pixel is the mean of the input pixels it covers: PyTorch's
 * `interpolate(mode='area')`.
 *
 * @param images `[n, height, width, channels]`
 * @param size The new height and width.
 */
export function areaResize(images: tf.Tensor4D, size: Size): tf.Tensor4D {
  const [height, width] = toSize(size);
  if (hasKernel('AreaResize')) {
    return runKernel('AreaResize', { image: images }, { size: [height, width] });
  }
  return resample(images, averagingMatrix(images.shape[1], height), averagingMatrix(images.shape[2], width));
}

tf.registerGradient({
  kernelName: 'AreaResize',
  inputsToSave: ['image'],
  gradFunc: (dy, [image]) => ({
    image: () => {
      const gradient = dy as tf.Tensor4D;
      const transposed = (from: number, to: number) => tf.transpose(averagingMatrix(from, to));
      return resample(
        gradient,
        transposed(image!.shape[1]!, gradient.shape[1]),
        transposed(image!.shape[2]!, gradient.shape[2]),
      );
    },
  }),
});

/** Applies a matrix `[out, in]` to the rows, and another to the columns, of images `[n, height, width, channels]`. */
export function resample(images: tf.Tensor4D, rows: tf.Tensor2D, columns: tf.Tensor2D): tf.Tensor4D {
  const [n, height, width, channels] = images.shape;
  const [outHeight, outWidth] = [rows.shape[0], columns.shape[0]];
  const lines = tf.reshape(images, [n, height, width * channels]);
  const resized = tf.matMul(tf.expandDims(rows, 0), lines);
  const pixels = tf.reshape(resized, [n * outHeight, width, channels]);
  const y = tf.matMul(tf.expandDims(columns, 0), pixels);
  return tf.reshape<tf.Rank.R4>(y, [n, outHeight, outWidth, channels]);
}

/** The matrix `[outputs, inputs]` whose rows each average one window of {@link windowBounds}. */
export function averagingMatrix(inputs: number, outputs: number): tf.Tensor2D {
  const values = new Float32Array(outputs * inputs);
  for (const [i, [start, end]] of windowBounds(inputs, outputs).entries()) {
    values.fill(1 / (end - start), i * inputs + start, i * inputs + end);
  }
  return tf.tensor2d(values, [outputs, inputs]);
}

/** Start and end of each of the `outputs` windows of PyTorch's adaptive pooling over `inputs` pixels. */
export function windowBounds(inputs: number, outputs: number): [start: number, end: number][] {
  return Array.from({ length: outputs }, (_, i) => [
    Math.floor((i * inputs) / outputs),
    Math.ceil(((i + 1) * inputs) / outputs),
  ]);
}
