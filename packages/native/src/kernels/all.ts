import type { NativeKernel } from '../kernel.js';
import { batchNormKernels } from './batchNorm.js';
import { binaryKernels } from './binary.js';
import { convolutionKernels } from './convolution.js';
import { copyKernels } from './copy.js';
import { imagesFromBytes } from './image/imagesFromBytes.js';
import { resizeKernels } from './image/resize.js';
import { sampleKernels } from './image/sample.js';
import { matrixKernels } from './matrix.js';
import { optimizerKernels } from './optimizer.js';
import { poolingKernels } from './pooling.js';
import { reduceKernels } from './reduce.js';
import { softmaxKernels } from './softmax.js';
import { unaryKernels } from './unary.js';

/** All kernels of this backend that are not inherited from the CPU backend. */
export const allKernels: readonly NativeKernel[] = [
  ...batchNormKernels,
  ...binaryKernels,
  ...convolutionKernels,
  ...copyKernels,
  imagesFromBytes,
  ...matrixKernels,
  ...optimizerKernels,
  ...poolingKernels,
  ...reduceKernels,
  ...resizeKernels,
  ...sampleKernels,
  ...softmaxKernels,
  ...unaryKernels,
];
