import * as tf from '@tensorflow/tfjs';
import { ShapeError } from '../errors.js';
import { type Size, toSize } from '../size.js';
import { hasKernel, runKernel } from './engineKernel.js';
import { imagePadding } from './imagePadding.js';

/** Options of {@link conv2d}. */
export interface Conv2dOptions {
  /** Step between windows (default 1). */
  stride?: Size;
  /** Zeros added on each side (default 0). */
  padding?: Size;
  /** Step between the filter's taps (default 1). */
  dilation?: Size;
  /** How many groups the channels fall into; each output sees the inputs of its group only (default 1). */
  groups?: number;
}

/**
 * Convolution (cross-correlation, as in PyTorch) of pictures with filters.
 *
 * @param x `[n, height, width, in]`
 * @param filter `[kernelHeight, kernelWidth, in / groups, out]`
 * @param bias `[out]`, or `null` for none.
 * @returns `[n, outHeight, outWidth, out]`
 * @throws ShapeError when channels and groups do not fit, or the filter is larger than the padded picture.
 */
export function conv2d(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  bias?: tf.Tensor | null,
  { stride = 1, padding = 0, dilation = 1, groups = 1 }: Conv2dOptions = {},
): tf.Tensor4D {
  const geometry: Geometry = {
    strides: toSize(stride, { name: 'stride' }),
    padding: toSize(padding, { name: 'padding', min: 0 }),
    dilations: toSize(dilation, { name: 'dilation' }),
    groups,
  };
  checkShapes(x, filter, geometry);
  const y = convolve(x, filter, geometry);
  return bias ? tf.add(y, bias) : y;
}

interface Geometry {
  strides: [number, number];
  padding: [number, number];
  dilations: [number, number];
  groups: number;
}

function convolve(x: tf.Tensor4D, filter: tf.Tensor4D, geometry: Geometry): tf.Tensor4D {
  const { strides, padding, dilations, groups } = geometry;
  const [rows, columns] = padding.map((side): [number, number] => [side, side]) as [Sides, Sides];
  const isDilated = dilations.some((d) => d > 1);
  if ((groups > 1 || isDilated) && hasKernel('GroupedConv2D')) {
    return runKernel('GroupedConv2D', { x, filter }, { strides, pad: [rows, columns], dilations, groups });
  }
  const taps = isDilated ? dilateFilter(filter, dilations) : filter;
  const pad = imagePadding(rows, columns);
  if (groups === 1) return tf.conv2d<tf.Tensor4D>(x, taps, strides, pad);
  const [kernelHeight, kernelWidth, perGroup, out] = taps.shape;
  if (perGroup === 1) {
    const depthwise = tf.reshape(taps, [kernelHeight, kernelWidth, groups, out / groups]) as tf.Tensor4D;
    return tf.depthwiseConv2d<tf.Tensor4D>(x, depthwise, strides, pad);
  }
  const inputs = tf.split<tf.Tensor4D>(x, groups, 3);
  const filters = tf.split<tf.Tensor4D>(taps, groups, 3);
  return tf.concat(
    inputs.map((input, g) => tf.conv2d<tf.Tensor4D>(input, filters[g]!, strides, pad)),
    3,
  );
}

type Sides = [number, number];

tf.registerGradient({
  kernelName: 'GroupedConv2D',
  inputsToSave: ['x', 'filter'],
  gradFunc: (dy, [x, filter], attrs) => ({
    x: () =>
      runKernel<tf.Tensor>(
        'GroupedConv2DBackpropInput',
        { dy: dy as tf.Tensor, filter: filter! },
        { ...attrs, inputShape: x!.shape },
      ),
    filter: () =>
      runKernel<tf.Tensor>(
        'GroupedConv2DBackpropFilter',
        { x: x!, dy: dy as tf.Tensor },
        { ...attrs, filterShape: filter!.shape },
      ),
  }),
});

/**
 * The filter with zeros between its taps, which makes an undilated convolution of a dilated one: tfjs has no
 * gradient for the latter.
 */
function dilateFilter(filter: tf.Tensor4D, [dilationHeight, dilationWidth]: [number, number]): tf.Tensor4D {
  const [kernelHeight, kernelWidth, inputs, outputs] = filter.shape;
  const height = (kernelHeight - 1) * dilationHeight + 1;
  const width = (kernelWidth - 1) * dilationWidth + 1;
  const channels = inputs * outputs;
  const rows = spread(tf.reshape(filter, [1, kernelHeight, kernelWidth * channels]), dilationHeight);
  const taps = spread(tf.reshape(rows, [height, kernelWidth, channels]), dilationWidth);
  return tf.reshape(taps, [height, width, inputs, outputs]) as tf.Tensor4D;
}

/** Puts `step − 1` zeros between the entries of the second of three axes. */
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

function checkShapes(x: tf.Tensor4D, filter: tf.Tensor4D, { padding, dilations, groups }: Geometry): void {
  if (x.rank !== 4 || filter.rank !== 4) {
    throw new ShapeError(
      `conv2d needs pictures [n, height, width, channels] and a filter [height, width, in / groups, out]; got [${x.shape}] and [${filter.shape}].`,
    );
  }
  const [, , perGroup, out] = filter.shape;
  if (x.shape[3] !== perGroup * groups) {
    throw new ShapeError(
      `The convolution takes ${perGroup * groups} channels, but its input [${x.shape}] has ${x.shape[3]}.`,
    );
  }
  if (out % groups !== 0) {
    throw new ShapeError(`${out} output channels cannot be divided into ${groups} groups.`);
  }
  for (const axis of [0, 1] as const) {
    const available = x.shape[axis + 1]! + 2 * padding[axis];
    const needed = (filter.shape[axis]! - 1) * dilations[axis] + 1;
    if (available < needed) {
      throw new ShapeError(
        `The input [${x.shape}] is ${available} pixels ${axis === 0 ? 'high' : 'wide'} with its padding, less than the filter's ${needed}: take larger pictures or fewer strides before this layer.`,
      );
    }
  }
}
