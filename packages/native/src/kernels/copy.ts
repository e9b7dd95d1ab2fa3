import {
  backend_util,
  type ConcatAttrs,
  type GatherV2Attrs,
  type MirrorPadAttrs,
  type OneHotAttrs,
  type PadV2Attrs,
  type ReverseAttrs,
  type SliceAttrs,
  type SplitVAttrs,
  type StridedSliceAttrs,
  slice_util,
  type TensorInfo,
  type TileAttrs,
  type TransposeAttrs,
  util,
} from '@tensorflow/tfjs-core';
import type { NativeBackend, Output } from '../backend.js';
import { kernel, type NativeKernel } from '../kernel.js';

type Unary = { x: TensorInfo };
type CopiedType = 'float32' | 'int32' | 'bool';

/** The most dimensions that the C++ side takes. TensorFlow.js has at most six. */
const MAX_RANK = 8;

/** Kernels that only move elements: each is one or more strided copies. */
export const copyKernels: readonly NativeKernel[] = [
  kernel<Unary, TransposeAttrs>('Transpose', ({ x }, { perm }, backend) => {
    const strides = stridesOf(x.shape);
    const shape = perm.map((d) => x.shape[d]!);
    return copied(backend, x, shape, (y) => [
      { sizes: shape, from: perm.map((d) => strides[d]!), to: stridesOf(shape), startFrom: 0, startTo: 0, y },
    ]);
  }),

  kernel<Unary, SliceAttrs>('Slice', ({ x }, { begin, size }, backend) => {
    const [start, sizes] = slice_util.parseSliceParams(x as never, begin, size);
    slice_util.assertParamsValid(x as never, start, sizes);
    return copied(backend, x, sizes, (y) => [part(x.shape, start, sizes, [], y)]);
  }),

  kernel<Unary, SplitVAttrs>('SplitV', ({ x }, { numOrSizeSplits, axis }, backend) => {
    const along = util.parseAxisParam(axis, x.shape)[0]!;
    const start = x.shape.map(() => 0);
    const parts: TensorInfo[] = [];
    for (const size of backend_util.prepareSplitSize(x as never, numOrSizeSplits, along)) {
      const sizes = x.shape.map((whole, d) => (d === along ? size : whole));
      const y = copied(backend, x, sizes, (out) => [part(x.shape, start, sizes, [], out)]);
      // Its type is not one that is copied here, and then none of the parts was made.
      if (!y) return undefined;
      parts.push(y);
      start[along]! += size;
    }
    return parts;
  }),

  kernel<Unary, StridedSliceAttrs>('StridedSlice', ({ x }, attrs, backend) => {
    const info = slice_util.sliceInfo(
      x.shape,
      attrs.begin,
      attrs.end,
      attrs.strides,
      attrs.beginMask,
      attrs.endMask,
      attrs.ellipsisMask,
      attrs.newAxisMask,
      attrs.shrinkAxisMask,
    );
    if (info.isIdentity) return backend.reshaped(x, info.finalShape);
    const sizes =
      info.sliceDim0 || info.isSimpleSlice
        ? slice_util.computeOutShape(info.begin, info.end, info.strides)
        : info.finalShapeSparse;
    return copied(backend, x, info.finalShape, (y) => [part(x.shape, info.begin, sizes, info.strides, y)]);
  }),

  kernel<Unary, ReverseAttrs>('Reverse', ({ x }, { dims }, backend) =>
    reverse(backend, x, util.parseAxisParam(dims, x.shape)),
  ),

  kernel<Unary, TileAttrs>('Tile', ({ x }, { reps }, backend) => {
    if (2 * x.shape.length > MAX_RANK) return undefined;
    const shape = x.shape.map((size, d) => size * reps[d]!);
    const xStrides = stridesOf(x.shape);
    const yStrides = stridesOf(shape);
    return copied(backend, x, shape, (y) => [
      {
        // Each dimension is a repetition, which stays where it is in x, and the dimension itself.
        sizes: x.shape.flatMap((size, d) => [reps[d]!, size]),
        from: xStrides.flatMap((stride) => [0, stride]),
        to: yStrides.flatMap((stride, d) => [stride * x.shape[d]!, stride]),
        startFrom: 0,
        startTo: 0,
        y,
      },
    ]);
  }),

  kernel<Unary, PadV2Attrs>('PadV2', ({ x }, { paddings, constantValue }, backend) => {
    const shape = paddings.map(([before, after], d) => before + x.shape[d]! + after);
    const strides = stridesOf(shape);
    return copied(backend, x, shape, (y) => {
      y.values.fill(constantValue);
      const startTo = sum(paddings.map(([before], d) => before * strides[d]!));
      return [{ sizes: x.shape, from: stridesOf(x.shape), to: strides, startFrom: 0, startTo, y }];
    });
  }),

  kernel<Unary, MirrorPadAttrs>('MirrorPad', ({ x }, { paddings, mode }, backend) => {
    const shape = paddings.map(([before, after], d) => before + x.shape[d]! + after);
    const edge = mode === 'reflect' ? 1 : 0;
    return copied(backend, x, shape, (y) => mirrored(x.shape, paddings, edge, y));
  }),

  kernel<TensorInfo[], ConcatAttrs>('Concat', (inputs, { axis }, backend) => {
    const tensors = Object.values(inputs);
    const along = util.parseAxisParam(axis, tensors[0]!.shape)[0]!;
    const shapes = tensors.map((tensor) => tensor.shape);
    backend_util.assertParamsConsistent(shapes, along);
    const dtype = tensors[0]!.dtype;
    const values = tensors.map((tensor) => (tensor.dtype === dtype ? backend.numbers(tensor) : undefined));
    if (values.includes(undefined)) return undefined;
    const shape = backend_util.computeOutShape(shapes, along);
    const y = backend.output(shape, dtype as CopiedType);
    const strides = stridesOf(shape);
    let startTo = 0;
    for (const [i, each] of shapes.entries()) {
      run(backend, values[i]!, { sizes: each, from: stridesOf(each), to: strides, startFrom: 0, startTo, y });
      startTo += each[along]! * strides[along]!;
    }
    return y.info;
  }),

  kernel<{ x: TensorInfo; indices: TensorInfo }, GatherV2Attrs>(
    'GatherV2',
    ({ x, indices }, { axis, batchDims }, backend) => {
      const along = util.parseAxisParam(axis, x.shape)[0]!;
      const [values, indexValues] = [backend.numbers(x), backend.ints(indices)];
      if (!values || !indexValues) return undefined;
      const size = x.shape[along]!;
      for (const index of indexValues) {
        util.assert(
          index >= 0 && index < size,
          () => `GatherV2: the index value ${index} is not in [0, ${size - 1}]`,
        );
      }
      const info = backend_util.segment_util.collectGatherOpShapeInfo(
        x as never,
        indices as never,
        along,
        batchDims ?? 0,
      );
      const y = backend.output(info.outputShape, x.dtype as CopiedType);
      const count = indexValues.length / info.batchSize;
      const sizes = [info.batchSize, info.outerSize, info.dimSize, count, info.sliceSize];
      if (y.values.length) backend.addon.kernels.gather!(values, indexValues, y.values, ...sizes);
      return y.info;
    },
  ),

  kernel<{ indices: TensorInfo }, OneHotAttrs>(
    'OneHot',
    ({ indices }, { dtype, depth, onValue, offValue }, backend) => {
      const values = backend.ints(indices);
      if (!values || (dtype !== 'float32' && dtype !== 'int32' && dtype !== 'bool')) return undefined;
      const y = backend.output([...indices.shape, depth], dtype);
      y.values.fill(offValue);
      for (const [i, index] of values.entries()) {
        if (index >= 0 && index < depth) y.values[i * depth + index] = onValue;
      }
      return y.info;
    },
  ),
];

/** `x` with the given dimensions turned around. */
export function reverse(backend: NativeBackend, x: TensorInfo, dims: readonly number[]) {
  const strides = stridesOf(x.shape);
  const turned = strides.map((stride, d) => (dims.includes(d) ? -stride : stride));
  const startFrom = sum(dims.map((d) => (x.shape[d]! - 1) * strides[d]!));
  return copied(backend, x, x.shape, (y) => [
    { sizes: x.shape, from: turned, to: strides, startFrom, startTo: 0, y },
  ]);
}

/** A block of `sizes` elements, and how to step through it in x and in y. */
interface Block {
  readonly sizes: readonly number[];
  readonly from: readonly number[];
  readonly to: readonly number[];
  readonly startFrom: number;
  readonly startTo: number;
  readonly y: Output<CopiedType>;
}

/** A tensor of `shape` that the blocks of `blocksOf` fill from x. */
function copied(
  backend: NativeBackend,
  x: TensorInfo,
  shape: number[],
  blocksOf: (y: Output<CopiedType>) => readonly Block[],
): TensorInfo | undefined {
  const values = backend.numbers(x);
  if (!values) return undefined;
  const y = backend.output(shape, x.dtype as CopiedType);
  for (const block of blocksOf(y)) run(backend, values, block);
  return y.info;
}

function run(backend: NativeBackend, values: Float32Array | Int32Array | Uint8Array, block: Block): void {
  if (!block.sizes.every((size) => size > 0)) return;
  backend.addon.kernels.copy!(values, block.y.values, layoutOf(block));
}

/** What the C++ side takes; neighbouring dimensions that can be stepped through as one are merged. */
function layoutOf({ sizes, from, to, startFrom, startTo }: Block): Int32Array {
  const merged: [size: number, from: number, to: number][] = [];
  for (let d = sizes.length - 1; d >= 0; d--) {
    if (sizes[d] === 1) continue;
    const next = merged[0];
    if (next && from[d] === next[1] * next[0] && to[d] === next[2] * next[0]) next[0] *= sizes[d]!;
    else merged.unshift([sizes[d]!, from[d]!, to[d]!]);
  }
  if (!merged.length) merged.push([1, 1, 1]);
  const column = (k: 0 | 1 | 2) => merged.map((dimension) => dimension[k]);
  return Int32Array.of(merged.length, ...column(0), ...column(1), ...column(2), startFrom, startTo);
}

/** The block of x that starts at `begin` and takes every `steps`-th element, to fill y. */
function part(
  shape: number[],
  begin: number[],
  sizes: number[],
  steps: number[],
  y: Output<CopiedType>,
): Block {
  const strides = stridesOf(shape);
  return {
    sizes,
    from: strides.map((stride, d) => stride * (steps[d] ?? 1)),
    to: stridesOf(sizes),
    startFrom: sum(strides.map((stride, d) => stride * begin[d]!)),
    startTo: 0,
    y,
  };
}

/** One block for each combination of before, inside and after over all dimensions. */
function mirrored(
  shape: number[],
  paddings: [number, number][],
  edge: number,
  y: Output<CopiedType>,
): Block[] {
  const from = stridesOf(shape);
  const to = stridesOf(paddings.map(([before, after], d) => before + shape[d]! + after));
  let blocks: Block[] = [{ sizes: [], from: [], to: [], startFrom: 0, startTo: 0, y }];
  for (const [d, size] of shape.entries()) {
    const [before, after] = paddings[d]!;
    // [length, first index in x, direction, first index in y]
    const pieces: [number, number, number, number][] = [
      [before, before - 1 + edge, -1, 0],
      [size, 0, 1, before],
      [after, size - 1 - edge, -1, before + size],
    ];
    blocks = blocks.flatMap((block) =>
      pieces.map(([length, first, direction, place]) => ({
        ...block,
        sizes: [...block.sizes, length],
        from: [...block.from, from[d]! * direction],
        to: [...block.to, to[d]!],
        startFrom: block.startFrom + first * from[d]!,
        startTo: block.startTo + place * to[d]!,
      })),
    );
  }
  return blocks;
}

/** Strides of every dimension, the last one's included. */
function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    strides[d] = stride;
    stride *= shape[d]!;
  }
  return strides;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
