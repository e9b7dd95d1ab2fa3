import type { TensorInfo, TransformAttrs } from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../../backend.js';
import { kernel, type NativeKernel } from '../../kernel.js';
import { choice, numbers } from '../../names.js';
import type { Pair, Shape4D } from '../shapes.js';

/** How coordinates outside the image are handled by this backend's own kernels. */
export type PadMode = 'reflection' | 'border' | 'zeros';

/** C++'s numbers for the modes outside the image, by our names and tfjs's. */
export const outside: Readonly<Record<PadMode | TransformAttrs['fillMode'], number>> = {
  zeros: choice('Outside', 'fill'),
  border: choice('Outside', 'border'),
  reflection: choice('Outside', 'reflection'),
  constant: choice('Outside', 'fill'),
  nearest: choice('Outside', 'border'),
  reflect: choice('Outside', 'symmetric'),
  wrap: choice('Outside', 'wrap'),
};

interface SampleAttrs {
  outputShape: Pair;
  padMode: PadMode;
  mode: 'bilinear' | 'nearest';
}

/** Sampling of images through a projective map. */
export const sampleKernels: readonly NativeKernel[] = [
  kernel<{ image: TensorInfo; matrices: TensorInfo }, SampleAttrs>(
    'ProjectiveSample',
    ({ image, matrices }, { outputShape, padMode, mode }, backend) => {
      const sampling = choice('Sampling', mode === 'nearest' ? 'nearestEven' : 'bilinear');
      return sample(backend, image, matrices, outputShape, outside[padMode], sampling, 0);
    },
  ),

  kernel<{ image: TensorInfo; transforms: TensorInfo }, TransformAttrs>(
    'Transform',
    ({ image, transforms }, { interpolation, fillMode, fillValue, outputShape }, backend) => {
      const size = (outputShape ?? image.shape.slice(1, 3)) as Pair;
      const sampling = choice('Sampling', interpolation === 'bilinear' ? 'bilinear' : 'nearestUp');
      return sample(backend, image, transforms, size, outside[fillMode], sampling, fillValue);
    },
  ),
];

function sample(
  backend: NativeBackend,
  image: TensorInfo,
  matrices: TensorInfo,
  [oh, ow]: Pair,
  outsideNumber: number,
  sampling: number,
  fill: number,
) {
  const [values, matrixValues] = [backend.floats(image), backend.floats(matrices)];
  if (!values || !matrixValues) return undefined;
  const [n, h, w, c] = image.shape as Shape4D;
  const oneForAll = matrices.shape[0] === 1;
  const y = backend.output([n, oh, ow, c]);
  const shape = numbers('ImageShape', { n, h, w, c, oh, ow });
  backend.addon.kernels.projectiveSample!(
    values,
    matrixValues,
    y.values,
    shape,
    outsideNumber,
    sampling,
    fill,
    oneForAll,
  );
  return y.info;
}
