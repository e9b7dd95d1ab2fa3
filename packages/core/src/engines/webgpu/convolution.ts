import * as tf from '@tensorflow/tfjs-core';
import { kernel } from './kernel.js';
import { size } from './program.js';
import { windowProduct } from './windowProduct.js';

type Shape4D = [number, number, number, number];

/** The convolution, for all images in one product, whatever its taps and strides. */
export const conv2D = kernel<{ x: tf.TensorInfo; filter: tf.TensorInfo }, tf.Conv2DAttrs>(
  'Conv2D',
  ({ x, filter }, attrs, backend) => {
    const info = geometry(x.shape, filter.shape, attrs);
    return (
      info &&
      windowProduct(backend, x, filter, info.outShape, {
        grid: [info.outHeight, info.outWidth],
        source: [info.inHeight, info.inWidth],
        kernel: [info.filterHeight, info.filterWidth],
        stride: [info.strideHeight, info.strideWidth],
        pad: [info.padInfo.top, info.padInfo.left],
        depth: info.inChannels,
        columns: info.outChannels,
        isBackward: false,
      })
    );
  },
);

/** The gradient of the convolution's input. */
export const conv2DBackpropInput = kernel<
  { dy: tf.TensorInfo; filter: tf.TensorInfo },
  tf.Conv2DBackpropInputAttrs
>('Conv2DBackpropInput', ({ dy, filter }, attrs, backend) => {
  const info = geometry(attrs.inputShape, filter.shape, attrs);
  if (!info) return undefined;
  const { strideHeight, strideWidth } = info;
  const transposed = tf.transpose(asTensor(filter), [0, 1, 3, 2]);
  const gradient = windowProduct(backend, dy, transposed, info.inShape, {
    grid: [Math.ceil(info.inHeight / strideHeight), Math.ceil(info.inWidth / strideWidth)],
    source: [info.outHeight, info.outWidth],
    kernel: [info.filterHeight, info.filterWidth],
    stride: [strideHeight, strideWidth],
    pad: [info.padInfo.top, info.padInfo.left],
    depth: info.outChannels,
    columns: info.inChannels,
    isBackward: true,
  });
  transposed.dispose();
  return gradient;
});

/** `undefined` for what {@link windowProduct} does not compute. */
function geometry(
  xShape: readonly number[],
  filterShape: readonly number[],
  attrs: Omit<tf.Conv2DAttrs, 'dilations'> & Partial<Pick<tf.Conv2DAttrs, 'dilations'>>,
): tf.backend_util.Conv2DInfo | undefined {
  const { strides, pad, dimRoundingMode, dilations = 1, dataFormat } = attrs;
  if (dataFormat !== 'NHWC' || [dilations].flat().some((dilation) => dilation !== 1)) return undefined;
  const shapes = [xShape as Shape4D, filterShape as Shape4D] as const;
  const info = tf.backend_util.computeConv2DInfo(...shapes, strides, 1, pad, dimRoundingMode);
  return size(info.inShape) * size(info.outShape) * size(info.filterShape) === 0 ? undefined : info;
}

function asTensor(info: tf.TensorInfo): tf.Tensor {
  return info instanceof tf.Tensor
    ? info
    : tf.engine().makeTensorFromDataId(info.dataId, info.shape, info.dtype);
}
