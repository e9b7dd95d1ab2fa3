export { gelu, mish, sigmoidRange, silu } from './activations.js';
export { areaResize } from './areaResize.js';
export {
  type BatchNormResult,
  type BatchNormTrainOptions,
  batchNorm,
  batchNormTrain,
  type Moments,
  type NormActivation,
} from './batchNorm.js';
export { changeLogits, type LogitChange } from './changeLogits.js';
export { type Conv1dOptions, conv1d } from './conv1d.js';
export { conv2d } from './conv2d.js';
export { type Conv2dNormOptions, conv2dMoments, conv2dNorm, type NormStatistics } from './conv2dNorm.js';
export type { Conv2dOptions } from './convGeometry.js';
export { type ConvTranspose2dOptions, convTranspose2d } from './convTranspose2d.js';
export { dropout } from './dropout.js';
export { type ImageSteps, imagesFromBytes, type PictureBytes } from './imagesFromBytes.js';
export { instanceNorm } from './instanceNorm.js';
export { linear } from './linear.js';
export { type MaxBlurPool2dOptions, maxBlurPool2d } from './maxBlurPool2d.js';
export { type ChannelStats, normalizeChannels } from './normalizeChannels.js';
export * from './optimizerSteps/index.js';
export { pixelShuffle } from './pixelShuffle.js';
export {
  type AvgPool2dOptions,
  adaptiveAvgPool2d,
  adaptiveMaxPool2d,
  avgPool2d,
  type MaxPool2dOptions,
  maxPool2d,
} from './pool2d.js';
export { type PadMode, type ProjectiveSampleOptions, projectiveSample } from './projectiveSample.js';
export { addRelu, relu } from './relu.js';
export { replicationPad2d, type Sides } from './replicationPad2d.js';
export { resizeNearest } from './resizeNearest.js';
export {
  nextRunningMoments,
  type RunningMoments,
  type RunningMomentsOptions,
} from './runningMoments.js';
export { type Box, type ImageSampling, sampleImages } from './sampleImages.js';
export { withoutGradient } from './withoutGradient.js';
