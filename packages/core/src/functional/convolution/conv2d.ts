import * as tf from '@tensorflow/tfjs-core';
import { summingGradient } from '../../gradients.js';
import { hasKernel, runKernel } from '../engineKernel.js';
import { imagePadding } from '../images/imagePadding.js';
import { type Conv2dOptions, type ConvGeometry, convGeometry, windowAttrs } from './convGeometry.js';

/**
 * 2D convolution (cross-correlation, as in PyTorch).
 *
 * @param x `[n, height, width, in]`
 * @param filter `[kernelHeight, kernelWidth, in / groups, out]`
 * @param bias `[out]`, or `null` for none.
 * @returns `[n, outHeight, outWidth, out]`
 * @throws ShapeError when the channels cannot be divided into the groups, or the filter is larger than the padded image.
 */
export function conv2d(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  bias?: tf.Tensor | null,
  options: Conv2dOptions = {},
): tf.Tensor4D {
  const y = convolve(x, filter, convGeometry(x, filter, options));
  return bias ? tf.add(y, bias) : y;
}

/** The convolution, after its shapes have been checked. */
export function convolve(x: tf.Tensor4D, filter: tf.Tensor4D, geometry: ConvGeometry): tf.Tensor4D {
  const { strides, padding, dilations, groups } = geometry;
  const [rows, columns] = padding.map((side): [number, number] => [side, side]) as [
    [number, number],
    [number, number],
  ];
  const isDilated = dilations.some((d) => d > 1);
  if ((groups > 1 || isDilated) && hasKernel('GroupedConv2D')) {
    return runKernel('GroupedConv2D', { x, filter }, windowAttrs(geometry));
  }
  const taps = isDilated ? dilateFilter(filter, dilations) : filter;
  const pad = imagePadding(rows, columns);
  if (groups === 1) return tf.conv2d<tf.Tensor4D>(x, taps, strides, pad);
  const [kernelHeight, kernelWidth, perGroup, out] = taps.shape;
  if (perGroup === 1) {
    const depthwise = tf.reshape<tf.Rank.R4>(taps, [kernelHeight, kernelWidth, groups, out / groups]);
    return tf.depthwiseConv2d<tf.Tensor4D>(x, depthwise, strides, pad);
  }
  const inputs = tf.split<tf.Tensor4D>(x, groups, 3);
  const filters = tf.split<tf.Tensor4D>(taps, groups, 3);
  return tf.concat(
    inputs.map((input, g) => tf.conv2d<tf.Tensor4D>(input, filters[g]!, strides, pad)),
    3,
  );
}

for (const kernelName of ['GroupedConv2D', 'Conv2DMoments']) {
  tf.registerGradient({
    kernelName,
    inputsToSave: ['x', 'filter'],
    gradFunc: (dys, [x, filter], attrs) => {
      const dy = [dys].flat()[0];
      return {
        x: summingGradient((known) => {
          const shapes = { ...attrs, inputShape: x!.shape };
          if (!known || attrs.groups !== 1) {
            const dx = runKernel<tf.Tensor>('GroupedConv2DBackpropInput', { dy, filter: filter! }, shapes);
            return known ? tf.add(known, dx) : dx;
          }
          return runKernel('GroupedConv2DBackpropInput', { dy, filter: filter!, addend: known }, shapes);
        }),
        filter: () =>
          runKernel<tf.Tensor>(
            'GroupedConv2DBackpropFilter',
            { x: x!, dy },
            { ...attrs, filterShape: filter!.shape },
          ),
      };
    },
  });
}

/**
 * The filter with zeros between its taps, so that a dilated convolution becomes an ordinary one: tfjs has no gradient
 * for dilated convolutions.
 */
function dilateFilter(filter: tf.Tensor4D, [dilationHeight, dilationWidth]: [number, number]): tf.Tensor4D {
  const [kernelHeight, kernelWidth, inputs, outputs] = filter.shape;
  const height = (kernelHeight - 1) * dilationHeight + 1;
  const width = (kernelWidth - 1) * dilationWidth + 1;
  const channels = inputs * outputs;
  const rows = spread(tf.reshape(filter, [1, kernelHeight, kernelWidth * channels]), dilationHeight);
  const taps = spread(tf.reshape(rows, [height, kernelWidth, channels]), dilationWidth);
  return tf.reshape<tf.Rank.R4>(taps, [height, width, inputs, outputs]);
}

/** Inserts `step − 1` zeros between the entries along the second of three axes. */
function spread(x: tf.Tensor, step: number): tf.Tensor {
  if (step === 1) return x;
  const [outer, count, inner] = x.shape as [number, number, number];
  const padded = tf.pad(tf.reshape(x, [outer * count, 1, inner]), [
    [0, 0],
    [0, step - 1],
    [0, 0],
  ]);
  return tf.slice(tf.reshape(padded, [outer, count * step, inner]), 0, [
    outer,
    (count - 1) * step + 1,
    inner,
  ]);
}
