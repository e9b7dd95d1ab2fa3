// First: in a bundle for Node, the modules below fail with less helpful messages.
import './refuseBundle.js';

export * from './checkNumber.js';
export * from './engines/readsAtOnce.js';
export * from './engines/useEngine.js';
export * from './errors.js';
export { escapeXml } from './escapeXml.js';
export { encodePng } from './figures/encodePng.js';
export { Figure, type PngOptions } from './figures/figure.js';
export { type HeatMapOptions, heatMap } from './figures/heatMap.js';
export { type ImageCell, type ImageGridOptions, imageGrid } from './figures/imageGrid.js';
export type { ImageOverlay } from './figures/imageOverlay.js';
export { type ItemGridOptions, itemGrid } from './figures/itemGrid.js';
export {
  type CalibrationCurve,
  type PlotCalibrationOptions,
  plotCalibration,
} from './figures/plotCalibration.js';
export { plotCourses } from './figures/plotCourses.js';
export { type Highlight, type Line, type PlotLinesOptions, plotLines } from './figures/plotLines.js';
export { type PlotMatrixOptions, plotMatrix } from './figures/plotMatrix.js';
export { appendWhole } from './files/appendWhole.js';
export { crc32, crc32c } from './files/crc32.js';
export { decodeText } from './files/decodeText.js';
export { FileBudget, type FileLimits } from './files/fileBudget.js';
export { makeFolder, syncFolder } from './files/makeFolder.js';
export { isRecord, parseJson } from './files/parseJson.js';
export {
  PROCESS_IDENTITY,
  type ProcessState,
  processIdentity,
  processState,
} from './files/processIdentity.js';
export { decodePth, loadPth } from './files/pth/pth.js';
export { printable, quoted } from './files/quoted.js';
export { type FileSource, readFile, sourceName } from './files/readBytes.js';
export * from './files/safetensors.js';
export { isCount } from './files/shapeElements.js';
export { removeStale, temporaryFile } from './files/temporaryFile.js';
export { writeFailure } from './files/writeFailure.js';
export { checkWritable, type FileContent, writeFileWhole } from './files/writeFileWhole.js';
export { type ZipEntry, type ZipSource, zipContent, zipEntries } from './files/zip.js';
export * from './functional/index.js';
export { gradients, type ValueAndGradients } from './gradients.js';
export * from './layers/index.js';
export * from './modules/hooks.js';
export {
  constant,
  constant_,
  drawn,
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
} from './modules/init.js';
export * from './modules/module.js';
export { type BackwardHook, type ForwardHook, type HookHandle, isPlain } from './modules/moduleHooks.js';
export { type Initial, type Layout, ModuleBuffer, Parameter } from './modules/parameter.js';
export * from './modules/sequential.js';
export * from './nestedTensors.js';
export { isNode, node } from './node.js';
export type { NotInferred } from './notInferred.js';
export * from './oneOrMany.js';
export { explainOutOfMemory, isOutOfMemory } from './outOfMemory.js';
export * from './pixels.js';
export { isNotebook } from './progress/notebookSink.js';
export * from './progress/progress.js';
export * from './random.js';
export { BuildBudget, type BuildLimits, buildBudget, withBuildBudget } from './registry/buildBudget.js';
export { fromConfig, type Json, toConfig } from './registry/config.js';
export { isPassedFunction, named, nameOf, RegistryError, registered } from './registry/registry.js';
// Not by name: esbuild would then keep this whole file, with its side effects, in each bundle of a metric or an optimizer.
export * from './registry/withName.js';
export { loadSharp } from './sharp.js';
export * from './size.js';
export * as tf from './tensorflow/tf.js';
export { tensorRows } from './tensorRows.js';
export { ByteCache } from './transforms/byteCache.js';
export { computed, Lazy } from './transforms/lazy.js';
export * from './transforms/transform.js';
