import type {
  ResizeBilinearAttrs,
  ResizeBilinearGradAttrs,
  TensorInfo,
  TransformAttrs,
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

interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

interface FromBytesAttrs {
  pictures: readonly { data: Uint8Array; height: number; width: number; channels: number; box?: Box }[];
  /** What the box of each picture is resized to. */
  size: Pair;
  steps: {
    sampling?: Omit<SampleAttrs, 'outputShape'> & {
      part?: Box;
      shrunk?: Pair;
      matrices: Float32Array;
      size: Pair;
    };
    logits?: LogitChange;
    stats?: { mean: readonly number[]; std: readonly number[] };
  };
}

interface LogitChange {
  scale: readonly number[];
  shift: readonly number[];
}

/** Pictures: from bytes, sampled under a projective map, resized, flipped. */
export const imageKernels: readonly NativeKernel[] = [
  kernel<object, FromBytesAttrs>('ImagesFromBytes', (_, { pictures, size, steps }, backend) => {
    const { sampling, logits, stats } = steps;
    const { channels } = pictures[0]!;
    const part = sampling?.part ?? { left: 0, top: 0, width: size[1], height: size[0] };
    const shrunk = sampling?.shrunk ?? [part.height, part.width];
    const outSize = sampling?.size ?? shrunk;
    const outside = outsideSymbols[sampling?.padMode ?? 'zeros'];
    const frame = Int32Array.of(
      ...[channels, ...size, part.left, part.top, part.width, part.height, ...shrunk, ...outSize],
      ...[outside, samplingSymbol(sampling?.mode ?? 'bilinear')],
    );
    const scratch = sampling && new Float32Array(shrunk[0] * shrunk[1] * (channels === 3 ? 4 : channels));
    const statistics =
      stats && Float32Array.from([stats.mean, stats.std].flatMap((each) => perChannel(each, channels)));
    const y = backend.output([pictures.length, ...outSize, channels]);
    for (const [i, { data, height, width, box }] of pictures.entries()) {
      const shown = box ?? { left: 0, top: 0, width, height };
      backend.addon.kernels.imageFromBytes!(
        data,
        y.values,
        i,
        scratch,
        Int32Array.of(height, width, shown.left, shown.top, shown.width, shown.height),
        frame,
        sampling?.matrices.subarray(8 * i, 8 * i + 8),
        logits && changes(logits, i) ? Float32Array.of(logits.scale[i]!, logits.shift[i]!) : null,
        statistics,
      );
    }
    return y.info;
  }),

  kernel<{ image: TensorInfo; matrices: TensorInfo }, SampleAttrs>(
    'ProjectiveSample',
    ({ image, matrices }, { outputShape, padMode, mode }, backend) => {
      const sampling = samplingSymbol(mode);
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

/** The number of a way of sampling; `'nearest'` rounds as PyTorch does. */
function samplingSymbol(mode: SampleAttrs['mode']): number {
  return mode === 'bilinear' ? samplingSymbols.bilinear : samplingSymbols.nearestEven;
}

/** One number a channel; a single one is for all. */
function perChannel(values: readonly number[], channels: number): readonly number[] {
  return values.length === 1 ? new Array<number>(channels).fill(values[0]!) : values;
}

function changes({ scale, shift }: LogitChange, i: number): boolean {
  return scale[i] !== 1 || shift[i] !== 0;
}

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
