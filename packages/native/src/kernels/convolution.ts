import {
  type Conv2DAttrs,
  type Conv2DBackpropFilterAttrs,
  type Conv2DBackpropInputAttrs,
  type DepthwiseConv2dNativeAttrs,
  type DepthwiseConv2dNativeBackpropFilterAttrs,
  type DepthwiseConv2dNativeBackpropInputAttrs,
  type FusedConv2DAttrs,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import type { NativeBackend, Output } from '../backend.js';
import { kernel, type NativeKernel } from '../kernel.js';
import { activationSymbols } from './activation.js';
import { type Convolution, depthwise, type GeometryAttrs, grouped, plain } from './convolutionShape.js';
import type { Shape4D } from './shapes.js';

/** Attributes of the GroupedConv2D kernels. */
interface GroupedAttrs extends GeometryAttrs {
  groups: number;
}

/** A batch norm with known statistics. */
interface Norm {
  mean: TensorInfo;
  variance: TensorInfo;
  scale: TensorInfo;
  offset: TensorInfo;
}

interface NormAttrs {
  epsilon: number;
  activation?: 'relu' | null;
}

type Convolve2D = { x: TensorInfo; filter: TensorInfo };

/** Convolutions: plain, depthwise and grouped, each with its two gradients. NHWC float32; other cases fall back. */
export const convolutionKernels: readonly NativeKernel[] = [
  kernel<Convolve2D, Conv2DAttrs>('Conv2D', ({ x, filter }, attrs, backend) =>
    forward(backend, x, filter, plain(x.shape, filter.shape, attrs)),
  ),
  kernel<Convolve2D & { bias?: TensorInfo }, FusedConv2DAttrs>(
    'FusedConv2D',
    ({ x, filter, bias }, attrs, backend) => {
      const activation = activationSymbols[attrs.activation ?? 'linear'];
      const biasValues = bias && backend.floats(bias);
      if (activation === undefined || (bias && biasValues?.length !== filter.shape[3])) return undefined;
      return forward(backend, x, filter, plain(x.shape, filter.shape, attrs), {
        bias: biasValues,
        activation,
      });
    },
  ),
  kernel<{ dy: TensorInfo; filter: TensorInfo }, Conv2DBackpropInputAttrs>(
    'Conv2DBackpropInput',
    ({ dy, filter }, attrs, backend) =>
      inputGrad(backend, dy, filter, plain(attrs.inputShape, filter.shape, { ...attrs, dilations: 1 })),
  ),
  kernel<{ x: TensorInfo; dy: TensorInfo }, Conv2DBackpropFilterAttrs>(
    'Conv2DBackpropFilter',
    ({ x, dy }, attrs, backend) =>
      filterGrad(
        backend,
        x,
        dy,
        attrs.filterShape,
        plain(x.shape, attrs.filterShape, { ...attrs, dilations: 1 }),
      ),
  ),

  kernel<Convolve2D, DepthwiseConv2dNativeAttrs>('DepthwiseConv2dNative', ({ x, filter }, attrs, backend) =>
    forward(backend, x, filter, depthwise(x.shape, filter.shape, attrs)),
  ),
  kernel<Convolve2D & { bias?: TensorInfo }, FusedConv2DAttrs>(
    'FusedDepthwiseConv2D',
    ({ x, filter, bias }, attrs, backend) => {
      const activation = activationSymbols[attrs.activation ?? 'linear'];
      const convolution = depthwise(x.shape, filter.shape, attrs);
      const biasValues = bias && backend.floats(bias);
      if (activation === undefined || (bias && biasValues?.length !== convolution?.outShape[3]))
        return undefined;
      return forward(backend, x, filter, convolution, { bias: biasValues, activation });
    },
  ),
  kernel<{ dy: TensorInfo; filter: TensorInfo }, DepthwiseConv2dNativeBackpropInputAttrs>(
    'DepthwiseConv2dNativeBackpropInput',
    ({ dy, filter }, attrs, backend) =>
      inputGrad(backend, dy, filter, depthwise(attrs.inputShape, filter.shape, attrs)),
  ),
  kernel<{ x: TensorInfo; dy: TensorInfo }, DepthwiseConv2dNativeBackpropFilterAttrs>(
    'DepthwiseConv2dNativeBackpropFilter',
    ({ x, dy }, attrs, backend) =>
      filterGrad(backend, x, dy, attrs.filterShape, depthwise(x.shape, attrs.filterShape, attrs)),
  ),

  kernel<Convolve2D, GeometryAttrs>('Conv2DMoments', ({ x, filter }, attrs, backend) => {
    const convolution = grouped(x.shape, filter.shape, attrs);
    const [mean, variance] = [0, 1].map(() => backend.output(filter.shape.slice(3)));
    const y = forward(backend, x, filter, convolution, {}, { mean: mean!, variance: variance! });
    return y && [y, mean!.info, variance!.info];
  }),
  kernel<Convolve2D & Norm & { addend?: TensorInfo }, GeometryAttrs & NormAttrs>(
    'Conv2DNorm',
    ({ x, filter, addend, ...norm }, { epsilon, activation, ...attrs }, backend) =>
      forward(backend, x, filter, grouped(x.shape, filter.shape, attrs), {
        ...asEpilogue(backend, norm, epsilon),
        addend: addend && backend.floats(addend),
        activation: activationSymbols[activation ?? 'linear'],
      }),
  ),

  kernel<Convolve2D, GroupedAttrs>('GroupedConv2D', ({ x, filter }, attrs, backend) =>
    forward(backend, x, filter, grouped(x.shape, filter.shape, attrs)),
  ),
  kernel<{ dy: TensorInfo; filter: TensorInfo; addend?: TensorInfo }, GroupedAttrs & { inputShape: Shape4D }>(
    'GroupedConv2DBackpropInput',
    ({ dy, filter, addend }, attrs, backend) =>
      inputGrad(
        backend,
        dy,
        filter,
        grouped(attrs.inputShape, filter.shape, attrs),
        addend && backend.floats(addend),
      ),
  ),
  kernel<{ x: TensorInfo; dy: TensorInfo }, GroupedAttrs & { filterShape: Shape4D }>(
    'GroupedConv2DBackpropFilter',
    ({ x, dy }, attrs, backend) =>
      filterGrad(backend, x, dy, attrs.filterShape, grouped(x.shape, attrs.filterShape, attrs)),
  ),
];

/** A convolution's epilogue: `activation(sum · scale + bias + addend)`. */
interface Epilogue {
  scale?: Float32Array;
  bias?: Float32Array;
  addend?: Float32Array;
  /** A symbol of {@link activationSymbols}. */
  activation?: number;
}

function forward(
  backend: NativeBackend,
  x: TensorInfo,
  filter: TensorInfo,
  convolution: Convolution | undefined,
  { scale, bias, addend, activation = 0 }: Epilogue = {},
  moments?: { mean: Output; variance: Output },
) {
  const [xValues, filterValues] = [backend.floats(x), backend.floats(filter)];
  if (!convolution || !xValues || !filterValues) return undefined;
  const y = backend.output(convolution.outShape);
  backend.addon.kernels.conv2d!(
    convolution.shape,
    xValues,
    filterValues,
    scale,
    bias,
    addend,
    activation,
    y.values,
    moments?.mean.values,
    moments?.variance.values,
  );
  return y.info;
}

/** `(sum − mean) · scale / √(variance + epsilon) + offset` as one multiplication and one addition. */
function asEpilogue(backend: NativeBackend, norm: Norm, epsilon: number): Epilogue {
  const [mean, variance, scale, offset] = [norm.mean, norm.variance, norm.scale, norm.offset].map(
    (tensor) => backend.floats(tensor)!,
  );
  const factors = scale!.map((value, c) => value / Math.sqrt(variance![c]! + epsilon));
  return { scale: factors, bias: offset!.map((value, c) => value - mean![c]! * factors[c]!) };
}

function inputGrad(
  backend: NativeBackend,
  dy: TensorInfo,
  filter: TensorInfo,
  convolution: Convolution | undefined,
  addend?: Float32Array,
) {
  const [dyValues, filterValues] = [backend.floats(dy), backend.floats(filter)];
  if (!convolution || !dyValues || !filterValues || !fits(dy, convolution)) return undefined;
  const dx = backend.output(convolution.inShape);
  backend.addon.kernels.conv2dInputGrad!(convolution.shape, dyValues, filterValues, addend, dx.values);
  return dx.info;
}

function filterGrad(
  backend: NativeBackend,
  x: TensorInfo,
  dy: TensorInfo,
  filterShape: number[],
  convolution: Convolution | undefined,
) {
  const [xValues, dyValues] = [backend.floats(x), backend.floats(dy)];
  if (!convolution || !xValues || !dyValues || !fits(dy, convolution)) return undefined;
  const dFilter = backend.output(filterShape);
  backend.addon.kernels.conv2dFilterGrad!(convolution.shape, xValues, dyValues, dFilter.values);
  return dFilter.info;
}

/** tfjs's transposed convolution may pass a gradient of another size, of which its kernel reads a part. */
function fits(dy: TensorInfo, convolution: Convolution): boolean {
  return util.arraysEqual(dy.shape, convolution.outShape);
}
