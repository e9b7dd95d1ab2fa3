import type { CastAttrs, FillAttrs, TensorInfo } from '@tensorflow/tfjs-core';
import { util } from '@tensorflow/tfjs-core';
import { kernel, type NativeKernel } from '../kernel.js';

type Attrs = Record<string, number>;

/** The kernel's name, the C++ name, and the attributes that are passed. */
const float32ToFloat32: readonly [string, string, ...string[]][] = [
  ['Abs', 'abs'],
  ['Ceil', 'ceil'],
  ['ClipByValue', 'clip', 'clipValueMin', 'clipValueMax'],
  ['Cos', 'cos'],
  ['Elu', 'elu'],
  ['Erf', 'erf'],
  ['Exp', 'exp'],
  ['Expm1', 'expm1'],
  ['Floor', 'floor'],
  ['Gelu', 'gelu'],
  ['LeakyRelu', 'leakyRelu', 'alpha'],
  ['Log', 'log'],
  ['Log1p', 'log1p'],
  ['Mish', 'mish'],
  ['Neg', 'neg'],
  ['Reciprocal', 'reciprocal'],
  ['Relu', 'relu'],
  ['Relu6', 'relu6'],
  ['Round', 'round'],
  ['Rsqrt', 'rsqrt'],
  ['Selu', 'selu'],
  ['Sigmoid', 'sigmoid'],
  ['Sign', 'sign'],
  ['Silu', 'silu'],
  ['Sin', 'sin'],
  ['Softplus', 'softplus'],
  ['Sqrt', 'sqrt'],
  ['Square', 'square'],
  ['Step', 'step', 'alpha'],
  ['Tanh', 'tanh'],
];

/** Element-wise kernels of one tensor, and kernels that create or convert values. */
export const unaryKernels: readonly NativeKernel[] = [
  ...float32ToFloat32.map(([name, symbol, ...attributes]) =>
    kernel<{ x: TensorInfo }, Attrs>(name, ({ x }, attrs, backend) => {
      const values = backend.floats(x);
      if (!values) return undefined;
      const y = backend.output(x.shape);
      backend.addon.kernels[symbol]!(values, y.values, ...attributes.map((attribute) => attrs[attribute]));
      return y.info;
    }),
  ),

  kernel<{ x: TensorInfo }>('LogicalNot', ({ x }, _, backend) => {
    const values = backend.bools(x);
    if (!values) return undefined;
    const y = backend.output(x.shape, 'bool');
    backend.addon.kernels.logicalNot!(values, y.values);
    return y.info;
  }),

  kernel<{ x: TensorInfo }, CastAttrs>('Cast', ({ x }, { dtype }, backend) => {
    if (dtype === x.dtype) return undefined;
    const values = backend.numbers(x);
    if (!values) return undefined;
    if (dtype === 'float32') {
      const y = backend.output(x.shape, 'float32');
      backend.addon.kernels.toFloat!(values, y.values);
      return y.info;
    }
    if (dtype === 'int32' && x.dtype === 'float32') {
      const y = backend.output(x.shape, 'int32');
      backend.addon.kernels.toInt!(values, y.values);
      return y.info;
    }
    if (dtype === 'bool') {
      const y = backend.output(x.shape, 'bool');
      backend.addon.kernels.toBool!(values, y.values);
      return y.info;
    }
    return undefined;
  }),

  kernel<object, FillAttrs>('Fill', (_, { shape, value, dtype }, backend) => {
    if (typeof value !== 'number' || (dtype || util.inferDtype(value)) !== 'float32') return undefined;
    const y = backend.output(shape);
    backend.addon.kernels.fill!(y.values, value);
    return y.info;
  }),

  kernel<{ x: TensorInfo }>('ZerosLike', ({ x }, _, backend) => {
    if (x.dtype !== 'float32') return undefined;
    const y = backend.output(x.shape);
    backend.addon.kernels.fill!(y.values, 0);
    return y.info;
  }),

  kernel<{ x: TensorInfo }>('OnesLike', ({ x }, _, backend) => {
    if (x.dtype !== 'float32') return undefined;
    const y = backend.output(x.shape);
    backend.addon.kernels.fill!(y.values, 1);
    return y.info;
  }),
];
