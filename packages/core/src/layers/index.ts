export {
  ELU,
  GELU,
  LeakyReLU,
  Mish,
  ReLU,
  ReLU6,
  SELU,
  Sigmoid,
  SigmoidRange,
  SiLU,
  SiLU as Swish,
  Tanh,
} from './activations.js';
export { BatchNorm, BatchNorm1d, BatchNorm2d, type BatchNormOptions } from './batchNorm.js';
export { ComputedWeight, type Convolution } from './computedWeight.js';
export { Conv1d, type Conv1dLayerOptions } from './conv1d.js';
export { Conv2d, type Conv2dLayerOptions } from './conv2d.js';
export { type ConvNormOptions, convNorm } from './convNorm.js';
export { ConvTranspose2d, type ConvTranspose2dLayerOptions } from './convTranspose2d.js';
export { Dropout } from './dropout.js';
export { Identity } from './identity.js';
export { InstanceNorm2d, type InstanceNormOptions } from './instanceNorm2d.js';
export { Lambda, sequential } from './lambda.js';
export { Linear, type LinearOptions } from './linear.js';
export {
  AdaptiveAvgPool2d,
  AdaptiveConcatPool2d,
  AdaptiveMaxPool2d,
  AvgPool2d,
  MaxBlurPool2d,
  MaxPool2d,
  Pool2d,
} from './pooling.js';
export { Flatten, ResizeBatch, View } from './reshape.js';
export { Cat, MergeLayer, ProdLayer, SequentialEx, ShortcutLayer } from './sequentialEx.js';
export { SpectralNorm } from './spectralNorm.js';
export { PixelShuffle, ReplicationPad2d } from './upsampling.js';
export { WeightNorm } from './weightNorm.js';
