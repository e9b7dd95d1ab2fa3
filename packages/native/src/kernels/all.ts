import type { NativeKernel } from '../kernel.js';
import { binaryKernels } from './binary.js';
import { convolutionKernels } from './convolution.js';
import { matrixKernels } from './matrix.js';
import { unaryKernels } from './unary.js';

/** Every kernel of this backend that is not simply the CPU backend's. */
export const allKernels: readonly NativeKernel[] = [
  ...binaryKernels,
  ...convolutionKernels,
  ...matrixKernels,
  ...unaryKernels,
];
