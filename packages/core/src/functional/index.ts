export { gelu, mish, sigmoidRange, silu } from './activations/activations.js';
export { addRelu, relu } from './activations/relu.js';
export { type Conv1dOptions, conv1d } from './convolution/conv1d.js';
export { conv2d } from './convolution/conv2d.js';
export {
  type Conv2dNormOptions,
  conv2dMoments,
  conv2dNorm,
  type NormStatistics,
} from './convolution/conv2dNorm.js';
export type { Conv2dOptions } from './convolution/convGeometry.js';
export { type ConvTranspose2dOptions, convTranspose2d } from './convolution/convTranspose2d.js';
export { linear } from './convolution/linear.js';
export { dropout } from './dropout.js';
export { areaResize } from './images/areaResize.js';
export { changeLogits, type LogitChange } from './images/changeLogits.js';
export { type ImageSteps, imagesFromBytes, type PixelsPart } from './images/imagesFromBytes.js';
export { type PadMode, type ProjectiveSampleOptions, projectiveSample } from './images/projectiveSample.js';
export { resizeNearest } from './images/resizeNearest.js';
export { type Box, type ImageSampling, sampleImages } from './images/sampleImages.js';
export {
  type BatchNormResult,
  type BatchNormTrainOptions,
  batchNorm,
  batchNormTrain,
  type Moments,
  type NormActivation,
} from './normalization/batchNorm.js';
export { instanceNorm } from './normalization/instanceNorm.js';
export { type ChannelStats, normalizeChannels } from './normalization/normalizeChannels.js';
export {
  nextRunningMoments,
  type RunningMoments,
  type RunningMomentsOptions,
} from './normalization/runningMoments.js';
export { oneHot } from './oneHot.js';
export * from './optimizerSteps/adamSteps.js';
export * from './optimizerSteps/momentumSteps.js';
export { pixelShuffle } from './pixelShuffle.js';
export { type MaxBlurPool2dOptions, maxBlurPool2d } from './pooling/maxBlurPool2d.js';
export {
  type AvgPool2dOptions,
  adaptiveAvgPool2d,
  adaptiveMaxPool2d,
  avgPool2d,
  type MaxPool2dOptions,
  maxPool2d,
} from './pooling/pool2d.js';
export { replicationPad2d, type Sides } from './replicationPad2d.js';
export { withoutGradient } from './withoutGradient.js';
