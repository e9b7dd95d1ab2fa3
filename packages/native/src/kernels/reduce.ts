import { backend_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../backend.js';
import { type KernelResult, kernel, type NativeKernel } from '../kernel.js';

type Reduced = { x: TensorInfo };
type ResultType = 'float32' | 'int32' | 'bool';

interface AxisAttrs {
  axis: number | number[];
  keepDims: boolean;
}

/** Reductions over any axes, without transposition. */
export const reduceKernels: readonly NativeKernel[] = [
  kernel<Reduced, AxisAttrs>('Sum', ({ x }, { axis, keepDims }, backend) =>
    reduce(backend, 'sum', x, axis, keepDims, x.dtype === 'float32' ? 'float32' : 'int32'),
  ),
  kernel<Reduced, AxisAttrs>('Mean', ({ x }, { axis, keepDims }, backend) =>
    reduce(backend, 'mean', x, axis, keepDims, 'float32'),
  ),
  kernel<Reduced, AxisAttrs>('Prod', ({ x }, { axis, keepDims }, backend) =>
    x.dtype === 'float32' ? reduce(backend, 'prod', x, axis, keepDims, 'float32') : undefined,
  ),
  ...(['Max', 'Min'] as const).map((name) =>
    kernel<Reduced, Partial<AxisAttrs> & { reductionIndices?: number | number[] }>(
      name,
      ({ x }, attrs, backend) => {
        if (x.dtype !== 'float32' && x.dtype !== 'int32') return undefined;
        const axes = attrs.reductionIndices ?? attrs.axis;
        return reduce(backend, name.toLowerCase(), x, axes, attrs.keepDims ?? false, x.dtype);
      },
    ),
  ),
  ...(['All', 'Any'] as const).map((name) =>
    kernel<Reduced, AxisAttrs>(name, ({ x }, { axis, keepDims }, backend) =>
      x.dtype === 'bool' ? reduce(backend, name.toLowerCase(), x, axis, keepDims, 'bool') : undefined,
    ),
  ),
  ...(['ArgMax', 'ArgMin'] as const).map((name) =>
    kernel<Reduced, { axis: number }>(name, ({ x }, { axis }, backend) => {
      if (x.dtype === 'bool') return undefined;
      const axes = util.parseAxisParam(axis, x.shape);
      return reduce(backend, name === 'ArgMax' ? 'argMax' : 'argMin', x, axes.slice(0, 1), false, 'int32');
    }),
  ),
];

function reduce(
  backend: NativeBackend,
  symbol: string,
  x: TensorInfo,
  axis: number | number[] | undefined,
  keepDims: boolean,
  dtype: ResultType,
): KernelResult {
  const values = backend.numbers(x);
  if (!values?.length) return undefined;
  const axes = util.parseAxisParam(axis as number | number[], x.shape);
  const sizes = keptAndReduced(x.shape, axes);
  if (!sizes) return undefined;
  const [shape] = backend_util.computeOutAndReduceShapes(x.shape, axes);
  const y = backend.output(keepDims ? backend_util.expandShapeToKeepDim(shape, axes) : shape, dtype);
  backend.addon.kernels[symbol]!(values, y.values, ...sizes);
  return y.info;
}

/** The shape as [kept, reduced, kept, reduced]; undefined when the axes alternate more than that. */
function keptAndReduced(shape: number[], axes: number[]): number[] | undefined {
  const sizes = [1];
  for (const [d, size] of shape.entries()) {
    if (size === 1) continue;
    const placeIsReduced = sizes.length % 2 === 0;
    if (axes.includes(d) !== placeIsReduced) sizes.push(1);
    sizes[sizes.length - 1]! *= size;
  }
  while (sizes.length < 4) sizes.push(1);
  return sizes.length === 4 ? sizes : undefined;
}
