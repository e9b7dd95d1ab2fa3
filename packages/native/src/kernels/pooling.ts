import { backend_util, type MaxPoolAttrs, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../backend.js';
import { kernel, type NativeKernel } from '../kernel.js';
import { numbers } from '../names.js';
import type { Shape4D } from './shapes.js';

// Max and average pooling and their gradients have the same attributes.
type PoolAttrs = Omit<MaxPoolAttrs, 'dimRoundingMode'> & Partial<Pick<MaxPoolAttrs, 'dimRoundingMode'>>;

/** Max and average pooling of images, and their gradients. */
export const poolingKernels: readonly NativeKernel[] = [
  kernel<{ x: TensorInfo }, PoolAttrs>('MaxPool', ({ x }, attrs, backend) =>
    pool(backend, 'maxPool', x, attrs),
  ),
  kernel<{ x: TensorInfo }, PoolAttrs>('AvgPool', ({ x }, attrs, backend) =>
    pool(backend, 'avgPool', x, attrs),
  ),

  kernel<{ dy: TensorInfo; input: TensorInfo }, PoolAttrs>('MaxPoolGrad', ({ dy, input }, attrs, backend) => {
    const [dyValues, values] = [backend.floats(dy), backend.floats(input)];
    if (!dyValues || !values) return undefined;
    const dx = backend.output(input.shape);
    backend.addon.kernels.maxPoolGrad!(dyValues, values, dx.values, numbersOf(poolInfo(input, attrs)));
    return dx.info;
  }),

  kernel<{ dy: TensorInfo; input: TensorInfo }, PoolAttrs>('AvgPoolGrad', ({ dy, input }, attrs, backend) => {
    const dyValues = backend.floats(dy);
    if (!dyValues) return undefined;
    const dx = backend.output(input.shape);
    backend.addon.kernels.avgPoolGrad!(dyValues, dx.values, numbersOf(poolInfo(input, attrs)));
    return dx.info;
  }),
];

function pool(backend: NativeBackend, symbol: string, x: TensorInfo, attrs: PoolAttrs) {
  const values = backend.floats(x);
  if (!values) return undefined;
  util.assert(
    backend_util.eitherStridesOrDilationsAreOne(attrs.strides, 1),
    () =>
      `Error in ${symbol}: Either strides or dilations must be 1. Got strides ${attrs.strides} and dilations '1'`,
  );
  const info = poolInfo(x, attrs);
  if (info.filterWidth === 1 && info.filterHeight === 1 && util.arraysEqual(info.inShape, info.outShape)) {
    return backend.reshaped(x, x.shape);
  }
  const y = backend.output(info.outShape);
  backend.addon.kernels[symbol]!(values, y.values, numbersOf(info));
  return y.info;
}

function poolInfo(
  x: TensorInfo,
  { filterSize, strides, pad, dimRoundingMode }: PoolAttrs,
): backend_util.Conv2DInfo {
  return backend_util.computePool2DInfo(x.shape as Shape4D, filterSize, strides, 1, pad, dimRoundingMode);
}

function numbersOf(info: backend_util.Conv2DInfo): Float64Array {
  return numbers('PoolShape', {
    n: info.batchSize,
    ih: info.inHeight,
    iw: info.inWidth,
    c: info.inChannels,
    oh: info.outHeight,
    ow: info.outWidth,
    kh: info.filterHeight,
    kw: info.filterWidth,
    sh: info.strideHeight,
    sw: info.strideWidth,
    pt: info.padInfo.top,
    pl: info.padInfo.left,
  });
}
