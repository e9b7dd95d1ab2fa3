import * as tf from '@tensorflow/tfjs-core';
import { ShapeError } from '../../errors.js';
import { buildBudget } from '../../registry/buildBudget.js';
import { type Size, toSize } from '../../size.js';

/** Options of {@link convTranspose2d}. */
export interface ConvTranspose2dOptions {
  /** Step between the outputs of neighboring pixels (default 1). */
  stride?: Size;
  /** Pixels cut off each side (default 0). */
  padding?: Size;
  /** Pixels added at the bottom and on the right, since with a stride several input sizes give the same output size (default 0). */
  outputPadding?: Size;
  /** Number of groups that the channels are divided into (default 1). */
  groups?: number;
}

/**
 * Transposed 2D convolution: the gradient of {@link conv2d} with respect to its input, as an operation.
 *
 * @param x `[n, height, width, in]`
 * @param filter `[kernelHeight, kernelWidth, out / groups, in]`
 * @param bias `[out]`, or `null` for none.
 * @returns `[n, outHeight, outWidth, out]`, where
 *   `outHeight = (height − 1) · stride − 2 · padding + kernelHeight + outputPadding`
 * @throws ShapeError when the channels do not fit, or the padding leaves no pixel.
 */
export function convTranspose2d(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  bias?: tf.Tensor | null,
  { stride = 1, padding = 0, outputPadding = 0, groups = 1 }: ConvTranspose2dOptions = {},
): tf.Tensor4D {
  const strides = toSize(stride, { name: 'stride' });
  const pads = toSize(padding, { name: 'padding', min: 0 });
  const extra = toSize(outputPadding, { name: 'outputPadding', min: 0 });
  const [n, height, width, channels] = x.shape;
  const [kernelHeight, kernelWidth, outPerGroup, filterIn] = filter.shape;
  if (channels !== filterIn || channels % groups !== 0) {
    throw new ShapeError(
      `The transposed convolution takes ${filterIn} channels in ${groups} groups, but its input [${x.shape}] has ${channels}.`,
    );
  }
  // The unpadded output first, which is then cropped, since `outputPadding` may extend beyond it.
  const whole: [number, number] = [
    (height - 1) * strides[0] + kernelHeight,
    (width - 1) * strides[1] + kernelWidth,
  ];
  const size = [0, 1].map((axis) => whole[axis]! - 2 * pads[axis]! + extra[axis]!) as [number, number];
  if (size.some((side) => side < 1)) {
    throw new ShapeError(
      `The transposed convolution of [${x.shape}] with padding [${pads}] leaves ${size.join(' × ')} pixels: use less padding.`,
    );
  }
  const largest = [n, Math.max(whole[0], size[0]), Math.max(whole[1], size[1]), outPerGroup * groups];
  buildBudget()?.output(largest, kernelHeight * kernelWidth * (filterIn / groups));
  const inputs = groups === 1 ? [x] : tf.split<tf.Tensor4D>(x, groups, 3);
  const filters = groups === 1 ? [filter] : tf.split<tf.Tensor4D>(filter, groups, 3);
  const outputs = inputs.map((input, g) =>
    tf.conv2dTranspose(input, filters[g]!, [n, ...whole, outPerGroup], strides, 'valid'),
  );
  const y = cut(tf.concat(outputs, 3), pads, size);
  return bias ? tf.add(y, bias) : y;
}

/** The window of `size` that begins at `start`, with zeros beyond the image. */
function cut(x: tf.Tensor4D, start: [number, number], size: [number, number]): tf.Tensor4D {
  const [n, height, width, channels] = x.shape;
  const beyond = [start[0] + size[0] - height, start[1] + size[1] - width].map((side) => Math.max(side, 0));
  const padded = beyond.some((side) => side > 0)
    ? tf.pad(x, [
        [0, 0],
        [0, beyond[0]!],
        [0, beyond[1]!],
        [0, 0],
      ])
    : x;
  return tf.slice(padded, [0, ...start, 0], [n, ...size, channels]);
}
