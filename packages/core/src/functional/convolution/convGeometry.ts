import type * as tf from '@tensorflow/tfjs-core';
import { ShapeError } from '../../errors.js';
import { buildBudget } from '../../registry/buildBudget.js';
import { type Size, toSize } from '../../size.js';

/** Options of {@link conv2d}. */
export interface Conv2dOptions {
  /** Step between windows (default 1). */
  stride?: Size;
  /** Zeros added on each side (default 0). */
  padding?: Size;
  /** Step between the filter's taps (default 1). */
  dilation?: Size;
  /** Number of groups that the channels are divided into; an output depends only on the inputs of its group (default 1). */
  groups?: number;
}

/** Strides, padding and dilations of a convolution, by rows and by columns. */
export interface ConvGeometry {
  strides: [number, number];
  padding: [number, number];
  dilations: [number, number];
  groups: number;
}

/**
 * Checks the shapes of a convolution and completes its options.
 *
 * @throws ShapeError when the channels cannot be divided into the groups, or the filter is larger than the padded image.
 */
export function convGeometry(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  { stride = 1, padding = 0, dilation = 1, groups = 1 }: Conv2dOptions = {},
): ConvGeometry {
  const geometry: ConvGeometry = {
    strides: toSize(stride, { name: 'stride' }),
    padding: toSize(padding, { name: 'padding', min: 0 }),
    dilations: toSize(dilation, { name: 'dilation' }),
    groups,
  };
  checkShapes(x, filter, geometry);
  const [height, width, perGroup] = filter.shape;
  buildBudget()?.output(outputShape(x, filter, geometry), height * width * perGroup);
  return geometry;
}

/** The geometry as attributes of the engine's kernels. */
export function windowAttrs({ strides, padding, dilations, groups }: ConvGeometry) {
  const pad = padding.map((side) => [side, side]);
  return { strides, pad, dilations, groups };
}

/** The shape of a convolution's output. */
export function outputShape(x: tf.Tensor4D, filter: tf.Tensor4D, geometry: ConvGeometry): number[] {
  const { strides, padding, dilations } = geometry;
  const side = (axis: 0 | 1) =>
    Math.floor(
      (x.shape[axis + 1]! + 2 * padding[axis] - dilations[axis] * (filter.shape[axis] - 1) - 1) /
        strides[axis],
    ) + 1;
  return [x.shape[0], side(0), side(1), filter.shape[3]];
}

function checkShapes(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  { padding, dilations, groups }: ConvGeometry,
): void {
  if (x.rank !== 4 || filter.rank !== 4) {
    throw new ShapeError(
      `conv2d needs images [n, height, width, channels] and a filter [height, width, in / groups, out], got [${x.shape}] and [${filter.shape}].`,
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
        `The input [${x.shape}] is ${available} pixels ${axis === 0 ? 'high' : 'wide'} with its padding, less than the ${needed} of the filter: use larger images or fewer strides before this layer.`,
      );
    }
  }
}
