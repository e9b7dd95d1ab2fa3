import {
  type ResizeBilinearAttrs,
  type ResizeBilinearGradAttrs,
  type TensorInfo,
  type TransformAttrs,
  util,
} from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../backend.js';
import { kernel, type NativeKernel } from '../kernel.js';
import { reverse } from './copy.js';

type Pair = [number, number];
type Shape4D = [number, number, number, number];

/** What lies outside the picture; the numbers are those of cpp/kernels/image.isa.cc. */
const outsideSymbols = {
  zeros: 0,
  border: 1,
  reflection: 2,
  constant: 0,
  nearest: 1,
  reflect: 3,
  wrap: 4,
} as const;

const samplingSymbols = { bilinear: 0, nearestEven: 1, nearestUp: 2 } as const;

interface SampleAttrs {
  outputShape: Pair;
  padMode: 'reflection' | 'border' | 'zeros';
  mode: 'bilinear' | 'nearest';
}

/** Pictures: from bytes, sampled under a projective map, resized, flipped. */
export const imageKernels: readonly NativeKernel[] = [
  kernel<object, { bytes: readonly Uint8Array[]; shape: Shape4D }>(
    'ImagesFromBytes',
    (_, { bytes, shape }, backend) => {
      const each = util.sizeFromShape(shape.slice(1));
      const wrong = bytes.findIndex((picture) => picture.length !== each);
      if (bytes.length !== shape[0] || wrong >= 0) {
        const given =
          wrong < 0 ? `${bytes.length} pictures` : `${bytes[wrong]!.length} bytes for picture ${wrong}`;
        throw new Error(
          `Pictures of shape [${shape}] take ${shape[0]} × ${each} bytes, but there are ${given}.`,
        );
      }
      const y = backend.output(shape);
      for (const [index, picture] of bytes.entries()) {
        backend.addon.kernels.imageFromBytes!(picture, y.values, index * each);
      }
      return y.info;
    },
  ),

  kernel<{ image: TensorInfo; matrices: TensorInfo }, SampleAttrs>(
    'ProjectiveSample',
    ({ image, matrices }, { outputShape, padMode, mode }, backend) => {
      const sampling = mode === 'bilinear' ? samplingSymbols.bilinear : samplingSymbols.nearestEven;
      return sample(backend, image, matrices, outputShape, outsideSymbols[padMode], sampling, 0);
    },
  ),

  kernel<{ image: TensorInfo; transforms: TensorInfo }, TransformAttrs>(
    'Transform',
    ({ image, transforms }, { interpolation, fillMode, fillValue, outputShape }, backend) => {
      const size = (outputShape ?? image.shape.slice(1, 3)) as Pair;
      const sampling = interpolation === 'bilinear' ? samplingSymbols.bilinear : samplingSymbols.nearestUp;
      return sample(backend, image, transforms, size, outsideSymbols[fillMode], sampling, fillValue);
    },
  ),

  kernel<{ image: TensorInfo }, { size: Pair }>('AreaResize', ({ image }, { size }, backend) => {
    const values = backend.floats(image);
    if (!values) return undefined;
    const [n, h, w, c] = image.shape as Shape4D;
    const y = backend.output([n, ...size, c]);
    backend.addon.kernels.areaResize!(values, y.values, n, h, w, c, ...size);
    return y.info;
  }),

  kernel<{ images: TensorInfo }, ResizeBilinearAttrs>(
    'ResizeBilinear',
    ({ images }, { alignCorners, halfPixelCenters, size }, backend) => {
      const values = images.dtype === 'complex64' ? undefined : backend.floats(images);
      if (!values) return undefined;
      const [n, h, w, c] = images.shape as Shape4D;
      const y = backend.output([n, ...size, c]);
      const scales = [scale(h, size[0], alignCorners), scale(w, size[1], alignCorners)];
      backend.addon.kernels.resizeBilinear!(
        values,
        y.values,
        n,
        h,
        w,
        c,
        ...size,
        ...scales,
        halfPixelCenters,
      );
      return y.info;
    },
  ),

  kernel<{ images: TensorInfo; dy: TensorInfo }, ResizeBilinearGradAttrs>(
    'ResizeBilinearGrad',
    ({ images, dy }, { alignCorners, halfPixelCenters }, backend) => {
      const values = backend.floats(dy);
      if (!values) return undefined;
      const [n, h, w, c] = images.shape as Shape4D;
      const size = dy.shape.slice(1, 3) as Pair;
      const dx = backend.output(images.shape);
      const scales = [scale(h, size[0], alignCorners), scale(w, size[1], alignCorners)];
      backend.addon.kernels.resizeBilinearGrad!(
        values,
        dx.values,
        n,
        h,
        w,
        c,
        ...size,
        ...scales,
        !!halfPixelCenters,
      );
      return dx.info;
    },
  ),

  kernel<{ image: TensorInfo }>('FlipLeftRight', ({ image }, _, backend) => reverse(backend, image, [2])),
];

function sample(
  backend: NativeBackend,
  image: TensorInfo,
  matrices: TensorInfo,
  size: Pair,
  outside: number,
  sampling: number,
  fill: number,
) {
  const [values, matrixValues] = [backend.floats(image), backend.floats(matrices)];
  if (!values || !matrixValues) return undefined;
  const [n, h, w, c] = image.shape as Shape4D;
  const oneForAll = matrices.shape[0] === 1;
  const y = backend.output([n, ...size, c]);
  backend.addon.kernels.projectiveSample!(
    values,
    matrixValues,
    y.values,
    ...[n, h, w, c, ...size, outside, sampling, fill, oneForAll],
  );
  return y.info;
}

/** Input pixels for one output pixel, as TensorFlow counts them. */
function scale(input: number, output: number, alignCorners: boolean): number {
  return alignCorners && output > 1 ? (input - 1) / (output - 1) : input / output;
}
