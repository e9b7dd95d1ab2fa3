export { ByteCache } from './byteCache.js';
export { computed, Deferred } from './deferred.js';
export * from './engine.js';
export * from './errors.js';
export type { VegaLiteSpec } from './figures/drawChart.js';
export { encodePng, type PixelLayout } from './figures/encodePng.js';
export { Figure, type PngOptions } from './figures/figure.js';
export { type HeatMapOptions, heatMap } from './figures/heatMap.js';
export { type ImageCell, type ImageGridOptions, imageGrid } from './figures/imageGrid.js';
export type { ClassMask, ImageOverlay, LabelledBox } from './figures/imageOverlay.js';
export { type Line, type PlotLinesOptions, plotLines } from './figures/plotLines.js';
export { type PlotMatrixOptions, plotMatrix } from './figures/plotMatrix.js';
export * from './flattenModel.js';
export * from './functional/index.js';
export { gradients, type ValueAndGradients } from './gradients.js';
export * from './hooks.js';
export {
  constant_,
  type KaimingOptions,
  kaimingNormal,
  kaimingNormal_,
  kaimingUniform,
  kaimingUniform_,
  type Nonlinearity,
  normal,
  normal_,
  uniform,
  uniform_,
  xavierUniform,
  xavierUniform_,
} from './init.js';
export * from './layers/index.js';
export * from './module.js';
export { type BackwardHook, type ForwardHook, type HookHandle, isPlain } from './moduleHooks.js';
export { isNode, nodePackage } from './nodePackage.js';
export { type Layout, ModuleBuffer, Parameter } from './parameter.js';
export * from './progress.js';
export { decodePth, loadPth } from './pth/pth.js';
export * from './random.js';
export { fromRecipe, type Json, toRecipe } from './recipe.js';
export { named, RegistryError, registered } from './registry.js';
export * from './safetensors.js';
export * from './sequential.js';
export * from './size.js';
export * from './transform.js';
export { writeFileWhole } from './writeFileWhole.js';
