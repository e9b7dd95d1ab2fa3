import * as tf from '@tensorflow/tfjs';
import type { Draw } from './draw.js';

type Dtype = 'float32' | 'int32' | 'bool';

/** A tensor that both backends make. */
export interface Operand {
  shape: number[];
  dtype: Dtype;
  values: number[];
}

/** A call of an operation of TensorFlow.js: its tensors, its attributes, and how they are passed. */
export interface OpCall {
  operands: Operand[];
  attributes: unknown[];
  run(...tensors: tf.Tensor[]): tf.Tensor | tf.Tensor[];
}

type Describe = (draw: Draw) => OpCall;

const dtypes = ['float32', 'float32', 'int32', 'bool'] as const;
const sides = [0, 1, 1, 2, 3, 4, 5, 8] as const;

const shapeOf = (draw: Draw, rank = draw.integer(0, 5)) => draw.list(rank, () => draw.one(sides));

/** Values are small integers, of which sums are exact. */
function operand(draw: Draw, shape: number[], dtype: Dtype = 'float32'): Operand {
  const [least, most] = dtype === 'bool' ? [0, 1] : [-4, 4];
  return { shape, dtype, values: draw.list(tf.util.sizeFromShape(shape), () => draw.integer(least, most)) };
}

/** A usual number, or an odd one. */
function number(draw: Draw, least: number, most: number): number {
  if (draw.chance(0.9)) return draw.integer(least, most);
  return draw.one([-1, 0, -2, 0.5, 1.5, -7, 9, 20, Number.NaN, Infinity, -Infinity, -(2 ** 31)]);
}

const numbers = (draw: Draw, length: number, least: number, most: number) =>
  draw.list(draw.chance(0.97) ? length : draw.integer(0, 5), () => number(draw, least, most));

/** A shape that broadcasts with `shape`, or nearly. */
function likeShape(draw: Draw, shape: number[]): number[] {
  const like = shape.slice(draw.chance(0.3) ? draw.integer(0, shape.length) : 0);
  return like.map((size) => (draw.chance(0.3) ? 1 : draw.chance(0.03) ? draw.one(sides) : size));
}

const unary =
  (run: (x: tf.Tensor) => tf.Tensor): Describe =>
  (draw) => ({ operands: [operand(draw, shapeOf(draw), draw.one(dtypes))], attributes: [], run });

const binary =
  (run: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor, types: readonly Dtype[] = dtypes): Describe =>
  (draw) => {
    const shape = shapeOf(draw);
    const dtype = draw.one(types);
    const pair = [operand(draw, shape, dtype), operand(draw, likeShape(draw, shape), dtype)];
    return { operands: draw.chance(0.5) ? pair : pair.reverse(), attributes: [], run };
  };

const reduction =
  (run: (x: tf.Tensor, axes: number[], keepDims: boolean) => tf.Tensor, types = dtypes as readonly Dtype[]) =>
  (draw: Draw): OpCall => {
    const x = operand(draw, shapeOf(draw), draw.one(types));
    const rank = x.shape.length;
    const axes = draw
      .order(rank)
      .slice(draw.integer(0, rank))
      .map((axis) => axis - draw.one([0, rank]));
    const keepDims = draw.chance(0.5);
    return { operands: [x], attributes: [axes, keepDims], run: (t) => run(t, axes, keepDims) };
  };

/** An operation on one tensor of any type, with attributes that depend on its shape. */
const shaped =
  (
    attributesOf: (draw: Draw, shape: number[]) => unknown[],
    run: (x: tf.Tensor, ...attributes: never[]) => tf.Tensor | tf.Tensor[],
    rankOf: (draw: Draw) => number = (draw) => draw.integer(0, 5),
    types: readonly Dtype[] = dtypes,
  ): Describe =>
  (draw) => {
    const x = operand(draw, shapeOf(draw, rankOf(draw)), draw.one(types));
    const attributes = attributesOf(draw, x.shape);
    return { operands: [x], attributes, run: (t) => run(t, ...(attributes as never[])) };
  };

/** Not infinite, for which the CPU backend would never return. */
const side = (draw: Draw) =>
  draw.chance(0.9) ? draw.integer(0, 2) : draw.one([-1, -2, -7, 0.5, 9, 20, Number.NaN]);

const padding = (draw: Draw) =>
  draw.one<unknown>(['same', 'valid', 'same', 'valid', side(draw), explicitPadding(draw)]) as 'same';

const explicitPadding = (draw: Draw) => {
  const pair = () => [side(draw), side(draw)];
  return [[0, 0], pair(), pair(), [0, 0]];
};

const picture = (draw: Draw, channels = draw.one([0, 1, 2, 3, 16])) =>
  [draw.one([0, 1, 2]), draw.one(sides), draw.one(sides), channels] as number[];

/** Sizes of steps or windows; neither 0 nor infinite, for which the CPU backend would never return. */
const steps = (draw: Draw) =>
  draw.list(2, () => (draw.chance(0.95) ? draw.integer(1, 2) : draw.one([-1, 0.5, 5, 20, Number.NaN]))) as [
    number,
    number,
  ];

/** A convolution, plain or depthwise, and with `isGradient` its two gradients. */
const convolution =
  (isDepthwise: boolean, isGradient: boolean): Describe =>
  (draw) => {
    const x = operand(draw, picture(draw));
    const outputs = draw.one([0, 1, 2, 3, 16]);
    const filter = operand(draw, [draw.integer(0, 3), draw.integer(1, 3), x.shape[3]!, outputs]);
    const attributes = [steps(draw), padding(draw), draw.chance(0.7) ? 1 : steps(draw)] as const;
    const [strides, pad, dilations] = attributes;
    const convolve = (a: tf.Tensor, b: tf.Tensor) =>
      isDepthwise
        ? tf.depthwiseConv2d(a as tf.Tensor4D, b as tf.Tensor4D, strides, pad, 'NHWC', dilations)
        : tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, strides, pad, 'NHWC', dilations);
    return {
      operands: [x, filter],
      attributes: [isGradient ? 'gradients' : 'forward', ...attributes],
      run: isGradient ? (a, b) => tf.grads(convolve)([a, b]) : convolve,
    };
  };

const pooling =
  (kind: typeof tf.maxPool | typeof tf.avgPool, isGradient: boolean): Describe =>
  (draw) => {
    const attributes = [steps(draw), steps(draw), padding(draw)] as const;
    const pool = (x: tf.Tensor) => kind(x as tf.Tensor4D, ...attributes);
    return {
      operands: [operand(draw, picture(draw))],
      attributes: [isGradient ? 'gradient' : 'forward', ...attributes],
      run: isGradient ? tf.grad(pool) : pool,
    };
  };

const resizing =
  (isGradient: boolean): Describe =>
  (draw) => {
    const size = steps(draw).map((side) => side * draw.one([0, 1, 2, 3, 4, 7])) as [number, number];
    // The CPU backend's gradient is right for squares only, and not with half-pixel centers.
    const mode = draw.one([
      [false, false],
      [true, false],
      [false, !isGradient],
    ] as const);
    const resize = (x: tf.Tensor) => tf.image.resizeBilinear(x as tf.Tensor4D, size, ...mode);
    const [n, height, width, channels] = picture(draw) as [number, number, number, number];
    return {
      operands: [operand(draw, [n, height, isGradient ? height : width, channels])],
      attributes: [size, ...mode],
      run: isGradient ? tf.grad(resize) : resize,
    };
  };

const matMul: Describe = (draw) => {
  const [m, n, k] = draw.list(3, () => draw.one(sides)) as [number, number, number];
  const outer = shapeOf(draw, draw.integer(0, 2));
  const flags = [draw.chance(0.5), draw.chance(0.5)] as const;
  const a = [...outer, ...(flags[0] ? [k, m] : [m, k])];
  const b = [...likeShape(draw, outer), ...(flags[1] ? [n, k] : [k, n])];
  return {
    operands: [operand(draw, a), operand(draw, b)],
    attributes: [...flags],
    run: (x, y) => tf.matMul(x, y, ...flags),
  };
};

const where: Describe = (draw) => {
  const shape = shapeOf(draw, draw.integer(0, 3));
  const dtype = draw.one(dtypes);
  const operands = [
    operand(draw, likeShape(draw, shape), 'bool'),
    operand(draw, shape, dtype),
    operand(draw, likeShape(draw, shape), dtype),
  ];
  return { operands, attributes: [], run: (condition, a, b) => tf.where(condition!, a!, b!) };
};

const gather: Describe = (draw) => {
  const x = operand(draw, shapeOf(draw, draw.integer(1, 4)), draw.one(dtypes));
  const axis = draw.integer(-x.shape.length, x.shape.length - 1);
  const size = x.shape.at(axis)!;
  const indices = operand(draw, shapeOf(draw, draw.integer(0, 2)), 'int32');
  indices.values = indices.values.map(() =>
    draw.chance(0.98) ? draw.integer(0, Math.max(0, size - 1)) : -1,
  );
  const batch = draw.chance(0.8) ? 0 : draw.integer(-1, 3);
  return { operands: [x, indices], attributes: [axis, batch], run: (a, b) => tf.gather(a, b!, axis, batch) };
};

const concat: Describe = (draw) => {
  const shape = shapeOf(draw, draw.integer(1, 4));
  const axis = draw.chance(0.95) ? draw.integer(-shape.length, shape.length - 1) : number(draw, 0, 5);
  const dtype = draw.one(dtypes);
  const along = ((axis % shape.length) + shape.length) % shape.length;
  const operands = draw.list(draw.integer(1, 4), () => {
    const sizes = shape.map((size, d) => (d === along ? draw.one(sides) : size));
    return operand(draw, sizes, draw.chance(0.95) ? dtype : draw.one(dtypes));
  });
  return { operands, attributes: [axis], run: (...tensors) => tf.concat(tensors, axis) };
};

const batchNorm: Describe = (draw) => {
  const shape = shapeOf(draw, draw.integer(2, 4));
  const channels = [draw.chance(0.9) ? shape.at(-1)! : draw.one(sides)];
  const operands = [operand(draw, shape), ...draw.list(4, () => operand(draw, channels))];
  const run = (x: tf.Tensor, mean: tf.Tensor, variance: tf.Tensor, offset: tf.Tensor, scale: tf.Tensor) =>
    tf.batchNorm(x, mean as tf.Tensor1D, variance.abs() as tf.Tensor1D, offset as never, scale as never, 0.1);
  return { operands, attributes: [], run: run as OpCall['run'] };
};

const pairs = (draw: Draw, shape: number[]) => [shape.map(() => [number(draw, 0, 2), number(draw, 0, 2)])];

/** Operations of TensorFlow.js whose kernels are this package's. */
export const opCalls: Readonly<Record<string, Describe>> = {
  abs: unary(tf.abs),
  relu: unary(tf.relu),
  exp: unary(tf.exp),
  square: unary(tf.square),
  'cast to int32': unary((x) => tf.cast(x, 'int32')),
  'cast to bool': unary((x) => tf.cast(x, 'bool')),
  'cast to float32': unary((x) => tf.cast(x, 'float32')),
  onesLike: unary(tf.onesLike),
  add: binary(tf.add),
  sub: binary(tf.sub),
  mul: binary(tf.mul),
  div: binary(tf.div),
  floorDiv: binary(tf.floorDiv, ['int32']),
  pow: binary(tf.pow, ['float32']),
  maximum: binary(tf.maximum),
  squaredDifference: binary(tf.squaredDifference),
  prelu: binary(tf.prelu, ['float32']),
  less: binary(tf.less),
  logicalAnd: binary(tf.logicalAnd, ['bool']),
  'gradients of mul': binary(
    (a, b) => tf.add(...(tf.grads(tf.mul)([a, b]) as [tf.Tensor, tf.Tensor])),
    ['float32'],
  ),
  where,
  sum: reduction(tf.sum),
  mean: reduction(tf.mean),
  prod: reduction(tf.prod, ['float32', 'int32']),
  max: reduction(tf.max, ['float32', 'int32']),
  min: reduction(tf.min, ['float32', 'int32']),
  all: reduction(tf.all, ['bool']),
  any: reduction(tf.any, ['bool']),
  argMax: reduction((x, [axis]) => tf.argMax(x, axis), ['float32', 'int32']),
  argMin: reduction((x, [axis]) => tf.argMin(x, axis), ['float32', 'int32']),
  softmax: shaped(
    () => [],
    (x) => tf.softmax(x),
    undefined,
    ['float32'],
  ),
  logSoftmax: shaped(
    () => [],
    (x) => tf.logSoftmax(x),
    undefined,
    ['float32'],
  ),
  transpose: shaped(
    (draw, { length }) => [draw.chance(0.7) ? draw.order(length) : numbers(draw, length, 0, length - 1)],
    (x, perm) => tf.transpose(x, perm),
  ),
  reverse: shaped(
    (draw, { length }) => [numbers(draw, draw.integer(0, length + 1), -length, length - 1)],
    (x, axes) => tf.reverse(x, axes),
  ),
  slice: shaped(
    (draw, shape) => {
      const begin = shape.map((size) => number(draw, 0, size));
      return [begin, shape.map((size, d) => (draw.chance(0.2) ? -1 : number(draw, 0, size - begin[d]!)))];
    },
    (x, begin, size) => tf.slice(x, begin, size),
  ),
  stridedSlice: shaped(
    (draw, shape) => [
      shape.map((size) => number(draw, -size, size)),
      shape.map((size) => number(draw, -size, size)),
      shape.map(() => number(draw, 1, 3) * draw.one([1, 1, -1])),
      ...draw.list(3, () => (draw.chance(0.7) ? 0 : draw.integer(0, 7))),
    ],
    (x, ...attributes: Parameters<typeof tf.stridedSlice> extends [unknown, ...infer Rest] ? Rest : never) =>
      tf.stridedSlice(x, ...attributes),
  ),
  pad: shaped(pairs, (x, paddings) => tf.pad(x, paddings, 2)),
  mirrorPad: shaped(
    (draw, shape) => [...pairs(draw, shape), draw.one(['reflect', 'symmetric'])],
    (x, paddings, mode) => tf.mirrorPad(x, paddings, mode),
  ),
  tile: shaped(
    (draw, { length }) => [numbers(draw, length, 0, 3)],
    (x, reps) => tf.tile(x, reps),
  ),
  split: shaped(
    (draw, shape) => [draw.one([1, 2, [1, -1], shape]), draw.integer(-shape.length, shape.length - 1)],
    (x, parts, axis) => tf.split(x, parts, axis),
    (draw) => draw.integer(1, 4),
  ),
  concat,
  gather,
  oneHot: shaped(
    (draw) => [number(draw, 1, 6)],
    (x, depth) => tf.oneHot(x, depth),
    undefined,
    ['int32'],
  ),
  matMul,
  conv2d: convolution(false, false),
  'gradients of conv2d': convolution(false, true),
  depthwiseConv2d: convolution(true, false),
  'gradients of depthwiseConv2d': convolution(true, true),
  maxPool: pooling(tf.maxPool, false),
  'gradient of maxPool': pooling(tf.maxPool, true),
  avgPool: pooling(tf.avgPool, false),
  'gradient of avgPool': pooling(tf.avgPool, true),
  resizeBilinear: resizing(false),
  'gradient of resizeBilinear': resizing(true),
  flipLeftRight: (draw) => ({
    operands: [operand(draw, picture(draw))],
    attributes: [],
    run: (x) => tf.image.flipLeftRight(x as tf.Tensor4D),
  }),
  batchNorm,
};
