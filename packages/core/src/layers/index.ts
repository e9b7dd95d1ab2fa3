export { BatchNorm, BatchNorm1d, BatchNorm2d, type BatchNormOptions } from './batchNorm.js';
export { Conv2d, type Conv2dLayerOptions } from './conv2d.js';
export { type ConvNormOptions, convNorm } from './convNorm.js';
export { Dropout } from './dropout.js';
export { Flatten } from './flatten.js';
export { Identity } from './identity.js';
export { Linear, type LinearOptions } from './linear.js';
export {
  AdaptiveAvgPool2d,
  AdaptiveConcatPool2d,
  AdaptiveMaxPool2d,
  AvgPool2d,
  MaxPool2d,
} from './pooling.js';
export { ReLU } from './relu.js';
