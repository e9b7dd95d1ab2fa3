import { activationKernels } from './activation.js';
import { adamStep } from './adamStep.js';
import { batchNormKernels } from './batchNorm.js';
import { conv2D, conv2DBackpropInput } from './convolution.js';
import { conv2DBackpropFilter } from './filterGradient.js';
import { imagesResizedFromBytes } from './imagesFromBytes.js';
import type { WebGpuKernel } from './kernel.js';

/**
 * Kernels that training takes on WebGPU. tfjs's gradient of a convolution's filter sums over the pixels of the batch in one
 * invocation per weight, too few for a GPU; its convolution and the gradient of the input take twice as long as these; and it
 * has none of the fused kernels, without which a step is thousands of programs.
 */
export const trainingKernels: readonly WebGpuKernel[] = [
  ...activationKernels,
  ...batchNormKernels,
  adamStep,
  conv2D,
  conv2DBackpropFilter,
  conv2DBackpropInput,
  imagesResizedFromBytes,
];
