import { backend_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../backend.js';
import { kernel, type NativeKernel } from '../kernel.js';
import { MAX_RANK } from './stridedCopy.js';

interface Pair {
  a: TensorInfo;
  b: TensorInfo;
}

/** tfjs's name, the C++ name, and the supported types; the result has the operands' type. */
const arithmetic: readonly [string, string, ...string[]][] = [
  ['Add', 'add', 'float32', 'int32'],
  ['Sub', 'sub', 'float32', 'int32'],
  ['Multiply', 'multiply', 'float32', 'int32'],
  ['SquaredDifference', 'squaredDifference', 'float32', 'int32'],
  ['Maximum', 'maximum', 'float32', 'int32'],
  ['Minimum', 'minimum', 'float32', 'int32'],
  ['RealDiv', 'realDiv', 'float32'],
  ['FloorDiv', 'floorDiv', 'int32'],
];

/** The same, with a bool result. */
const logical: readonly [string, string, ...string[]][] = [
  ['Equal', 'equal', 'float32', 'int32', 'bool'],
  ['NotEqual', 'notEqual', 'float32', 'int32', 'bool'],
  ['Less', 'less', 'float32', 'int32', 'bool'],
  ['LessEqual', 'lessEqual', 'float32', 'int32', 'bool'],
  ['Greater', 'greater', 'float32', 'int32', 'bool'],
  ['GreaterEqual', 'greaterEqual', 'float32', 'int32', 'bool'],
  ['LogicalAnd', 'logicalAnd', 'bool'],
  ['LogicalOr', 'logicalOr', 'bool'],
];

/** Element-wise kernels of two tensors, with broadcasting, and related ones. */
export const binaryKernels: readonly NativeKernel[] = [
  ...arithmetic.map(([name, symbol, ...types]) =>
    kernel<Pair>(name, ({ a, b }, _, backend) => {
      if (a.dtype !== b.dtype || !types.includes(a.dtype)) return undefined;
      return binary(backend, symbol, a, b, a.dtype as 'float32' | 'int32');
    }),
  ),
  kernel<Pair>('Pow', ({ a, b }, _, backend) => {
    const [values, exponent] = [backend.floats(a), backend.floats(b)];
    if (!values || !exponent) return undefined;
    if (exponent.length !== 1 || exponent[0] !== 2) return binary(backend, 'pow', a, b, 'float32');
    const y = backend.output(backend_util.assertAndGetBroadcastShape(a.shape, b.shape));
    backend.addon.kernels.square!(values, y.values);
    return y.info;
  }),
  ...logical.map(([name, symbol, ...types]) =>
    kernel<Pair>(name, ({ a, b }, _, backend) => {
      if (a.dtype !== b.dtype || !types.includes(a.dtype)) return undefined;
      return binary(backend, symbol, a, b, 'bool');
    }),
  ),
  kernel<{ x: TensorInfo; alpha: TensorInfo }>('Prelu', ({ x, alpha }, _, backend) =>
    binary(backend, 'prelu', x, alpha, 'float32'),
  ),
  kernel<{ dy: TensorInfo; y: TensorInfo }>('EluGrad', ({ dy, y }, _, backend) =>
    binary(backend, 'eluGrad', dy, y, 'float32'),
  ),
  kernel<{ dy: TensorInfo; y: TensorInfo }>('ReluGradFromOutput', ({ dy, y }, _, backend) =>
    binary(backend, 'reluGrad', dy, y, 'float32'),
  ),
  ...['Gelu', 'Mish', 'Silu'].map((name) =>
    kernel<{ dy: TensorInfo; x: TensorInfo }>(`${name}Grad`, ({ dy, x }, _, backend) =>
      binary(backend, `${name.toLowerCase()}Grad`, dy, x, 'float32'),
    ),
  ),
  kernel<Pair>('AddRelu', ({ a, b }, _, backend) => binary(backend, 'addRelu', a, b, 'float32')),

  kernel<TensorInfo[]>('AddN', (inputs, _, backend) => {
    const tensors = Object.values(inputs);
    const values = tensors.map((tensor) => backend.floats(tensor));
    if (values.length < 2 || values.includes(undefined)) return undefined;
    const y = backend.output(tensors[0]!.shape);
    backend.addon.kernels.add!(values[0], values[1], y.values);
    for (const each of values.slice(2)) backend.addon.kernels.accumulate!(y.values, each);
    return y.info;
  }),

  kernel<{ condition: TensorInfo; t: TensorInfo; e: TensorInfo }>(
    'Select',
    ({ condition, t, e }, _, backend) => {
      const chosen = backend.bools(condition);
      const [ifTrue, ifFalse] = [backend.floats(t), backend.floats(e)];
      if (!chosen?.length || !ifTrue || !ifFalse) return undefined;
      const y = backend.output(t.shape);
      backend.addon.kernels.select!(chosen, ifTrue, ifFalse, y.values, ifTrue.length / chosen.length);
      return y.info;
    },
  ),
];

function binary(
  backend: NativeBackend,
  symbol: string,
  a: TensorInfo,
  b: TensorInfo,
  dtype: 'float32' | 'int32' | 'bool',
) {
  const [aValues, bValues] = [backend.numbers(a), backend.numbers(b)];
  if (!aValues || !bValues || a.dtype !== b.dtype) return undefined;
  const run = backend.addon.kernels[symbol]!;
  if (util.arraysEqual(a.shape, b.shape)) {
    const y = backend.output(a.shape, dtype);
    if (y.values.length) run(aValues, bValues, y.values);
    return y.info;
  }
  const shape = backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
  if (shape.length > MAX_RANK) return undefined;
  const y = backend.output(shape, dtype);
  if (!y.values.length) return y.info;
  const spread = y.values.length;
  const plain = (values: { length: number }) => values.length === spread || values.length === 1;
  run(
    aValues,
    bValues,
    y.values,
    plain(aValues) && plain(bValues) ? null : layoutOf(a.shape, b.shape, shape),
  );
  return y.info;
}

/** How two shapes broadcast to `shape`, with adjacent dimensions merged where both strides allow it. */
function layoutOf(a: number[], b: number[], shape: number[]): Float64Array {
  const sizes: number[] = [];
  const steps: [number[], number[]] = [[], []];
  const aStrides = broadcastStrides(a, shape.length);
  const bStrides = broadcastStrides(b, shape.length);
  // From the last dimension: a dimension is merged into the next one if its stride continues that one's.
  for (let d = shape.length - 1; d >= 0; d--) {
    const size = shape[d]!;
    if (size === 1) continue;
    const joins =
      sizes.length > 0 &&
      [aStrides, bStrides].every((strides, side) => strides[d] === steps[side]![0]! * sizes[0]!);
    if (joins) {
      sizes[0] = sizes[0]! * size;
    } else {
      sizes.unshift(size);
      steps[0].unshift(aStrides[d]!);
      steps[1].unshift(bStrides[d]!);
    }
  }
  return Float64Array.of(sizes.length, ...sizes, ...steps[0], ...steps[1]);
}

/** Strides of `shape` seen with `rank` dimensions; 0 where it repeats. */
function broadcastStrides(shape: number[], rank: number): number[] {
  const strides = new Array<number>(rank).fill(0);
  let stride = 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    if (shape[d] !== 1) strides[d + rank - shape.length] = stride;
    stride *= shape[d]!;
  }
  return strides;
}
