export * from './annotations.js';
export {
  type AffineCoordOptions,
  AffineCoordTfm,
  type DrawMatrices,
  type Moves,
} from './augment/affineCoordTfm.js';
export { type AugTransformsOptions, augTransforms, setupAugTfms } from './augment/augTransforms.js';
export { type Draw, type DrawOptions, deterministicDraw, drawMasked } from './augment/draw.js';
export { DeterministicDihedral, DeterministicFlip, Dihedral, Flip } from './augment/flip.js';
export { hsv2rgb, rgb2hsv } from './augment/hsv.js';
export { type DrawHsvChange, HSVTfm, type HsvChange, Hue, type HueOptions } from './augment/hue.js';
export { Brightness, Contrast, type LightingOptions } from './augment/lighting.js';
export { LightingTfm } from './augment/lightingTfm.js';
export {
  affineMat,
  dihedralMat,
  flipMat,
  type Matrix,
  rotateMat,
  zoomMat,
} from './augment/matrix.js';
export { findCoeffs, type Point, warpMat } from './augment/perspective.js';
export {
  cutoutGaussian,
  type ErasedArea,
  RandomErasing,
  type RandomErasingOptions,
} from './augment/randomErasing.js';
export { RandomResizedCropGPU, type RandomResizedCropGPUOptions } from './augment/randomResizedCropGPU.js';
export { Rotate, type RotateOptions } from './augment/rotate.js';
export type { SampleMode } from './augment/sampleGeometry.js';
export { grayscale, Saturation } from './augment/saturation.js';
export { Warp, type WarpOptions } from './augment/warp.js';
export { Zoom, type ZoomOptions } from './augment/zoom.js';
export { BBoxBlock } from './bboxBlock.js';
export { BBoxLblBlock, type BBoxLblBlockOptions } from './bboxLblBlock.js';
export type { ImageSource } from './image/decodeImage.js';
export { type DownloadImagesOptions, downloadImages } from './image/downloadImages.js';
export { FramedImage } from './image/framedImage.js';
export type { Framer, Framing } from './image/framing.js';
export * from './image/imageFiles.js';
export * from './image/lazyImage.js';
export { LazyImages } from './image/lazyImages.js';
export type { RawImage } from './image/rawImage.js';
export * from './image/resizeImages.js';
export { rawImageOf } from './image/tensorImage.js';
export * from './image/verifyImages.js';
export * from './imageBlock.js';
export * from './imageDataLoaders.js';
export type {
  FromCsvOptions,
  FromFolderOptions,
  FromRowsOptions,
  ImageDataLoadersOptions,
  RandomSplitOptions,
} from './imageDataLoadersOptions.js';
export { MaskBlock, type MaskBlockOptions } from './maskBlock.js';
export type { ActCls } from './models/activation.js';
export { applyInit } from './models/applyInit.js';
export * from './models/blockKinds.js';
export * from './models/body.js';
export { ConvLayer, type ConvLayerOptions } from './models/convLayer.js';
export * from './models/head.js';
export * from './models/hubWeights.js';
export { initCnn } from './models/initCnn.js';
export { type InitLinearOptions, initLinear, type WeightInit } from './models/initLinear.js';
export { LinBnDrop, type LinBnDropOptions } from './models/linBnDrop.js';
export { type Arch, defaultSplit, type ModelMeta, modelMeta } from './models/modelMeta.js';
export { inChannels, modelSizes, numFeaturesModel } from './models/modelSizes.js';
export type { NormType } from './models/norm.js';
export { icnrInit, PixelShuffleICNR, type PixelShuffleICNROptions } from './models/pixelShuffleIcnr.js';
export * from './models/pools.js';
export * from './models/pretrainedWeights.js';
export { ResBlock, type ResBlockOptions } from './models/resBlock.js';
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
export * from './models/selfAttention.js';
export { SEModule } from './models/seModule.js';
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
export { PointBlock } from './pointBlock.js';
export * from './segmentationDataLoaders.js';
export { CropPad, type CropPadOptions, OldRandomCrop, RandomCrop } from './transforms/cropPad.js';
export { DihedralItem, FlipItem, type FlipItemOptions } from './transforms/flipItem.js';
export { FramingTfm } from './transforms/framingTfm.js';
export * from './transforms/normalize.js';
export { PointScaler, type PointScalerOptions, toPixels } from './transforms/pointScaler.js';
export { RandomResizedCrop, type RandomResizedCropOptions } from './transforms/randomResizedCrop.js';
export { RatioResize } from './transforms/ratioResize.js';
export { Resize, type ResizeMethod, type ResizeOptions } from './transforms/resize.js';
export type { CoordinatesLike } from './transforms/toCoordinates.js';
export { type UnetLearnerOptions, unetLearner } from './unetLearner.js';
export { type VisionLearnerOptions, visionLearner } from './visionLearner.js';
