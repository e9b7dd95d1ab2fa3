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
import { kernel, type NativeKernel } from '../kernel.js';
import { numbers } from '../names.js';
import {
  areSizes,
  assertPaddings,
  type CopiedType,
  copied,
  MAX_RANK,
  mirrored,
  part,
  reverse,
  run,
  stridesOf,
  sum,
} from './stridedCopy.js';

type Unary = { x: TensorInfo };

/** Kernels that only move elements: each is one or more strided copies. */
export const copyKernels: readonly NativeKernel[] = [
  kernel<Unary, TransposeAttrs>('Transpose', ({ x }, { perm }, backend) => {
    const isPermutation = perm.length === x.shape.length && x.shape.every((_, d) => perm.includes(d));
    if (!isPermutation) return undefined;
    const strides = stridesOf(x.shape);
    const shape = perm.map((d) => x.shape[d]!);
    return copied(backend, x, shape, (y) => [
      { sizes: shape, from: perm.map((d) => strides[d]!), to: stridesOf(shape), startFrom: 0, startTo: 0, y },
    ]);
  }),

  kernel<Unary, SliceAttrs>('Slice', ({ x }, { begin, size }, backend) => {
    const [start, sizes] = slice_util.parseSliceParams(x, begin, size);
    slice_util.assertParamsValid(x, start, sizes);
    util.assert(
      areSizes(start) && areSizes(sizes),
      () =>
        `A slice must begin at integers of at least 0 and have such sizes, got [${start}] and [${sizes}].`,
    );
    return copied(backend, x, sizes, (y) => [part(x.shape, start, sizes, [], y)]);
  }),

  kernel<Unary, SplitVAttrs>('SplitV', ({ x }, { numOrSizeSplits, axis }, backend) => {
    const along = util.parseAxisParam(axis, x.shape)[0]!;
    const start = x.shape.map(() => 0);
    const parts: TensorInfo[] = [];
    for (const size of backend_util.prepareSplitSize(x, numOrSizeSplits, along)) {
      const sizes = x.shape.map((whole, d) => (d === along ? size : whole));
      const y = copied(backend, x, sizes, (out) => [part(x.shape, start, sizes, [], out)]);
      // The type is not supported; then no part has been created.
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

  kernel<{ image: TensorInfo }>('FlipLeftRight', ({ image }, _, backend) => reverse(backend, image, [2])),

  kernel<Unary, TileAttrs>('Tile', ({ x }, { reps }, backend) => {
    if (2 * x.shape.length > MAX_RANK) return undefined;
    util.assert(
      areSizes(reps),
      () => `A tensor must be repeated integers of at least 0 times, got [${reps}].`,
    );
    const shape = x.shape.map((size, d) => size * reps[d]!);
    const xStrides = stridesOf(x.shape);
    const yStrides = stridesOf(shape);
    return copied(backend, x, shape, (y) => [
      {
        // Each dimension becomes two: the repetition, with stride 0 in x, and the dimension itself.
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
    assertPaddings(paddings);
    const shape = paddings.map(([before, after], d) => before + x.shape[d]! + after);
    const strides = stridesOf(shape);
    return copied(backend, x, shape, (y) => {
      y.values.fill(constantValue);
      const startTo = sum(paddings.map(([before], d) => before * strides[d]!));
      return [{ sizes: x.shape, from: stridesOf(x.shape), to: strides, startFrom: 0, startTo, y }];
    });
  }),

  kernel<Unary, MirrorPadAttrs>('MirrorPad', ({ x }, { paddings, mode }, backend) => {
    assertPaddings(paddings);
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
    if (shapes[0]!.length > MAX_RANK) return undefined;
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
      const info = backend_util.segment_util.collectGatherOpShapeInfo(x, indices, along, batchDims ?? 0);
      const y = backend.output(info.outputShape, x.dtype as CopiedType);
      const shape = numbers('GatherShape', {
        batch: info.batchSize,
        outer: info.outerSize,
        size: info.dimSize,
        count: indexValues.length / info.batchSize,
        width: info.sliceSize,
      });
      if (y.values.length) backend.addon.kernels.gather!(values, indexValues, y.values, shape);
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
