export {
  type AffineCoordOptions,
  AffineCoordTfm,
  type DrawMatrices,
  type Moves,
} from './batchTransforms/affineCoordTfm.js';
export { type AugTransformsOptions, augTransforms, setupAugTfms } from './batchTransforms/augTransforms.js';
export { type Draw, type DrawOptions, deterministicDraw, drawMasked } from './batchTransforms/draw.js';
export { DeterministicDihedral, DeterministicFlip, Dihedral, Flip } from './batchTransforms/flip.js';
export { hsv2rgb, rgb2hsv } from './batchTransforms/hsv.js';
export { type DrawHsvChange, HSVTfm, type HsvChange, Hue, type HueOptions } from './batchTransforms/hue.js';
export { Brightness, Contrast, type LightingOptions } from './batchTransforms/lighting.js';
export { LightingTfm } from './batchTransforms/lightingTfm.js';
export {
  affineMat,
  dihedralMat,
  flipMat,
  type Matrix,
  rotateMat,
  zoomMat,
} from './batchTransforms/matrix.js';
export * from './batchTransforms/normalize.js';
export { findCoeffs, type Point, warpMat } from './batchTransforms/perspective.js';
export {
  cutoutGaussian,
  type ErasedArea,
  RandomErasing,
  type RandomErasingOptions,
} from './batchTransforms/randomErasing.js';
export {
  RandomResizedCropGPU,
  type RandomResizedCropGPUOptions,
} from './batchTransforms/randomResizedCropGPU.js';
export { Rotate, type RotateOptions } from './batchTransforms/rotate.js';
export type { SampleMode } from './batchTransforms/sampleGeometry.js';
export { grayscale, Saturation } from './batchTransforms/saturation.js';
export { Warp, type WarpOptions } from './batchTransforms/warp.js';
export { Zoom, type ZoomOptions } from './batchTransforms/zoom.js';
export * from './blocks/annotations.js';
export { type BBox, BBoxBlock } from './blocks/bboxBlock.js';
export { BBoxLblBlock, type BBoxLblBlockOptions } from './blocks/bboxLblBlock.js';
export * from './blocks/imageBlock.js';
export { MaskBlock, type MaskBlockOptions } from './blocks/maskBlock.js';
export { PointBlock } from './blocks/pointBlock.js';
export { beforeCleaning, type CleanerAction, type CleanerChange } from './cleaner/changeLog.js';
export type { CleanerItem, CleanerPreds } from './cleaner/cleanerItems.js';
export * from './cleaner/cleanerOptions.js';
export type { CleanerPicture, CleanerState } from './cleaner/cleanerPicture.js';
export * from './cleaner/imageClassifierCleaner.js';
export { SerialQueue } from './cleaner/serialQueue.js';
export { type DownloadImagesOptions, downloadImages } from './files/downloadImages.js';
export * from './files/imageFiles.js';
export * from './files/resizeImages.js';
export * from './files/verifyImages.js';
export type { ColorMode } from './image/channels.js';
export type { CropResize, ImageSize, ImageStep } from './image/imageStep.js';
export * from './image/lazyImage.js';
export { LazyImageBatch } from './image/lazyImageBatch.js';
export { setMaxImagePixels } from './image/pixelLimit.js';
export { pixelsOf } from './image/pixelsOf.js';
export { CropPad, type CropPadOptions, OldRandomCrop, RandomCrop } from './itemTransforms/cropPad.js';
export { CropResizeTfm } from './itemTransforms/cropResizeTfm.js';
export { DihedralItem, FlipItem, type FlipItemOptions } from './itemTransforms/flipItem.js';
export { PointScaler, type PointScalerOptions, toPixels } from './itemTransforms/pointScaler.js';
export { RandomResizedCrop, type RandomResizedCropOptions } from './itemTransforms/randomResizedCrop.js';
export { RatioResize } from './itemTransforms/ratioResize.js';
export { Resize, type ResizeMethod, type ResizeOptions } from './itemTransforms/resize.js';
export type { CoordinatesLike } from './itemTransforms/toCoordinates.js';
export { type UnetLearnerOptions, unetLearner } from './learners/unetLearner.js';
export { type VisionLearnerOptions, visionLearner } from './learners/visionLearner.js';
export * from './loaders/imageDataLoaders.js';
export type {
  FromCsvOptions,
  FromFolderOptions,
  FromRowsOptions,
  ImageDataLoadersOptions,
  RandomSplitOptions,
} from './loaders/imageDataLoadersOptions.js';
export * from './loaders/segmentationDataLoaders.js';
export * from './models/body.js';
export * from './models/head.js';
export type { ActCls } from './models/layers/activation.js';
export { ConvLayer, type ConvLayerOptions } from './models/layers/convLayer.js';
export {
  applyInit,
  type InitLinearOptions,
  initCnn,
  initLinear,
  type WeightInit,
} from './models/layers/initLayers.js';
export { LinBnDrop, type LinBnDropOptions } from './models/layers/linBnDrop.js';
export type { NormType } from './models/layers/norm.js';
export {
  icnrInit,
  PixelShuffleICNR,
  type PixelShuffleICNROptions,
} from './models/layers/pixelShuffleIcnr.js';
export * from './models/layers/pools.js';
export * from './models/layers/resBlock.js';
export * from './models/layers/selfAttention.js';
export { SEModule } from './models/layers/seModule.js';
export { inChannels, modelSizes, numFeaturesModel } from './models/modelSizes.js';
export * from './models/pretrained/hubWeights.js';
export { type Arch, defaultSplit, type ModelMeta, modelMeta } from './models/pretrained/modelMeta.js';
export * from './models/pretrained/pretrainedWeights.js';
export {
  BasicBlock,
  Bottleneck,
  ResNet,
  type ResNetOptions,
  resnet18,
  resnet34,
  resnet50,
  resnet101,
  resnet152,
} from './models/resnet.js';
export * from './models/simpleCnn.js';
export {
  DynamicUnet,
  type DynamicUnetOptions,
  ResizeToOrig,
  UnetBlock,
  type UnetBlockOptions,
} from './models/unet.js';
export { createUnetModel, type UnetModelOptions, unetModel } from './models/unetModel.js';
export {
  createVisionModel,
  type PretrainedOptions,
  type VisionModelOptions,
  visionModel,
} from './models/visionModel.js';
export * from './models/xresnet.js';
export * from './models/xresnext.js';
