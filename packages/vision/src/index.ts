export {
  type AffineCoordOptions,
  AffineCoordTfm,
  type DrawMatrices,
  type Moves,
} from './augment/affineCoordTfm.js';
export { type AugTransformsOptions, augTransforms, setupAugTfms } from './augment/augTransforms.js';
export type { Draw, DrawOptions } from './augment/draw.js';
export { Dihedral, Flip } from './augment/flip.js';
export { Brightness, Contrast, type LightingOptions } from './augment/lighting.js';
export { LightingTfm, type LogitChange } from './augment/lightingTfm.js';
export { RandomResizedCropGPU, type RandomResizedCropGPUOptions } from './augment/randomResizedCropGPU.js';
export { Rotate, type RotateOptions } from './augment/rotate.js';
export type { SampleMode } from './augment/sampleGeometry.js';
export { Warp, type WarpOptions } from './augment/warp.js';
export { Zoom, type ZoomOptions } from './augment/zoom.js';
export * from './image/imageFiles.js';
export * from './image/lazyImage.js';
export type { RawImage } from './image/rawImage.js';
export * from './imageBlock.js';
export { MaskBlock, type MaskBlockOptions } from './maskBlock.js';
export { ConvLayer, type ConvLayerOptions, type MakeActivation, type NormType } from './models/convLayer.js';
export { initCnn } from './models/initCnn.js';
export * from './models/resBlock.js';
export * from './models/xresnet.js';
export * from './transforms/normalize.js';
export { RandomResizedCrop, type RandomResizedCropOptions } from './transforms/randomResizedCrop.js';
export { Resize, type ResizeMethod, type ResizeOptions } from './transforms/resize.js';
