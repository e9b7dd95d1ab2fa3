import { areaResize, type Box, computed, type ImageSampling, type PadMode, sampleImages } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { LazyImageBatch } from '../image/lazyImageBatch.js';
import { applyTo, identity, type Matrix, multiply } from './matrix.js';

/** Interpolation between pixels: bilinear between four neighbors, or the nearest pixel. */
export type SampleMode = 'bilinear' | 'nearest';

/** Arguments of {@link sampleGeometry} besides the images. */
export interface Geometry {
  /** For each image the map from output to input positions, in coordinates from −1 to 1. */
  matrices: readonly Matrix[];
  /** Height and width of the output. */
  size: readonly [height: number, width: number];
  /** The part of the mapped image that becomes the output (default: all of it). */
  crop?: Box;
  padMode: PadMode;
  mode: SampleMode;
  /** Whether −1 and 1 are the centers of the outermost pixels (`true`) or their outer edges. */
  alignCorners: boolean;
}

/**
 * Maps, crops and resizes images in one sampling, so that they are interpolated only once.
 *
 * An image that shrinks to less than half its size is first reduced by averaging to about twice the output's size,
 * since bilinear sampling alone would skip pixels.
 *
 * Source: `affine_coord` and `_grid_sample` of fastai `vision/augment.py`; for outputs that are not square, fastai
 * computes the scale from the input's height and the output's width.
 *
 * @param images `[n, height, width, channels]`.
 * @returns `[n, ...size, channels]`.
 */
export function sampleGeometry(images: tf.Tensor4D, geometry: Geometry): tf.Tensor4D;
export function sampleGeometry(images: LazyImageBatch, geometry: Geometry): LazyImageBatch | tf.Tensor4D;
export function sampleGeometry(
  images: tf.Tensor4D | LazyImageBatch,
  geometry: Geometry,
): tf.Tensor4D | LazyImageBatch {
  const { size, padMode, mode, crop, matrices: moves } = geometry;
  const [, height, width] = images.shape;
  const cut = crop && moves.every((matrix) => matrix === identity) ? crop : undefined;
  // A crop without other moves is sliced first and sampled as a separate image.
  const sampled = cut ? { ...geometry, crop: undefined, alignCorners: true } : geometry;
  const full = cut ? ([cut.height, cut.width] as const) : ([height, width] as const);
  const shrunk = prefilterSize(full, sampled) ?? undefined;
  const matrices = pixelMatrices(sampled, full, shrunk ?? full);
  const part = cut && !(cut.height === height && cut.width === width) ? cut : undefined;
  const sampling = { part, shrunk, size, padMode, mode };
  if (!sampled.alignCorners && padMode === 'reflection') {
    return tf.tidy(() => sampleMirrored(computed(images), sampling, matrices));
  }
  const complete = { ...sampling, matrices: flat(matrices) };
  return images instanceof LazyImageBatch ? images.sampled(complete) : sampleImages(images, complete);
}

/**
 * For each image the map from the output's pixels to those of the input, which may have been reduced already.
 *
 * @param full Height and width of the input.
 * @param shrunk Height and width of the input after it was reduced.
 */
function pixelMatrices(
  geometry: Geometry,
  full: readonly [number, number],
  shrunk: readonly [number, number],
): Matrix[] {
  const fromOutput = outputToUnit(geometry, full);
  const toInput = unitToPixels(shrunk, geometry.alignCorners);
  return geometry.matrices.map((matrix) => multiply(toInput, multiply(matrix, fromOutput)));
}

/** The maps in the form of `tf.image.transform`: eight numbers each. */
function flat(matrices: readonly Matrix[]): Float32Array {
  return Float32Array.from(matrices.flatMap((m) => m.slice(0, 8).map((entry) => entry / m[8])));
}

/**
 * Samples images that are first padded by mirroring as far as the maps reach: without aligned corners, PyTorch's
 * `grid_sample` mirrors about the outer edges of the outermost pixels, but `projectiveSample` about their centers.
 */
function sampleMirrored(
  images: tf.Tensor4D,
  { shrunk, ...sampling }: Omit<ImageSampling, 'matrices'>,
  matrices: readonly Matrix[],
): tf.Tensor4D {
  const source = shrunk ? areaResize(images, shrunk) : images;
  const [, height, width] = source.shape;
  const reached = matrices.flatMap((m) => corners(sampling.size).map(([x, y]) => applyTo(m, x, y)));
  const beyond = (places: number[], length: number) => {
    const reach = Math.max(-Math.min(...places), Math.max(...places) - (length - 1));
    return Math.min(length, Math.max(0, Math.ceil(reach) + 1));
  };
  const x = beyond(
    reached.map((place) => place[0]),
    width,
  );
  const y = beyond(
    reached.map((place) => place[1]),
    height,
  );
  const margins: [number, number][] = [
    [0, 0],
    [y, y],
    [x, x],
    [0, 0],
  ];
  const moved = matrices.map((m) => multiply([1, 0, x, 0, 1, y, 0, 0, 1], m));
  return sampleImages(tf.mirrorPad(source, margins, 'symmetric'), { ...sampling, matrices: flat(moved) });
}

/** The positions of an image's corner pixels. */
function corners([height, width]: readonly [number, number]): [x: number, y: number][] {
  return [0, width - 1].flatMap((x) => [0, height - 1].map((y): [number, number] => [x, y]));
}

/** The map from the output's pixels to coordinates from −1 to 1 over the mapped image before it is cropped. */
function outputToUnit({ size, crop, alignCorners }: Geometry, full: readonly [number, number]): Matrix {
  if (!crop) return pixelsToUnit(size, alignCorners);
  // As in fastai, a crop always has aligned corners: its outermost pixels become the output's.
  const [sx, x] = stretch(size[1], crop.left, crop.width);
  const [sy, y] = stretch(size[0], crop.top, crop.height);
  return multiply(pixelsToUnit(full, alignCorners), [sx, 0, x, 0, sy, y, 0, 0, 1]);
}

/**
 * Scale and shift from `count` output pixels to `length` input pixels from `start` on; a single pixel maps to the
 * middle.
 */
function stretch(count: number, start: number, length: number): [scale: number, shift: number] {
  return count === 1 ? [0, start + (length - 1) / 2] : [(length - 1) / (count - 1), start];
}

function pixelsToUnit([height, width]: readonly [number, number], alignCorners: boolean): Matrix {
  const [sx, x] = axisToUnit(width, alignCorners);
  const [sy, y] = axisToUnit(height, alignCorners);
  return [sx, 0, x, 0, sy, y, 0, 0, 1];
}

function axisToUnit(count: number, alignCorners: boolean): [scale: number, shift: number] {
  if (!alignCorners) return [2 / count, 1 / count - 1];
  return count === 1 ? [0, 0] : [2 / (count - 1), -1];
}

function unitToPixels([height, width]: readonly [number, number], alignCorners: boolean): Matrix {
  const half = (count: number) => (alignCorners ? (count - 1) / 2 : count / 2);
  return [half(width), 0, (width - 1) / 2, 0, half(height), (height - 1) / 2, 0, 0, 1];
}

/** The size to which the input is reduced by averaging before it is sampled; `null` if that is not needed. */
function prefilterSize(full: readonly [number, number], geometry: Geometry): [number, number] | null {
  const { size, crop, mode } = geometry;
  if (mode === 'nearest') return null;
  const [height, width] = crop ? [crop.height, crop.width] : full;
  const shrinksBy = Math.min(height / size[0], width / size[1]) / 2;
  if (!(shrinksBy > 1 && shrinksBy > magnification(geometry))) return null;
  const scale = 1 / shrinksBy;
  return [Math.floor(full[0] * scale), Math.floor(full[1] * scale)];
}

/** The magnification by the matrices, without that by a crop. */
function magnification({ matrices, size, crop, alignCorners }: Geometry): number {
  if (crop) return 1;
  const toUnit = pixelsToUnit(size, alignCorners);
  const ends = corners(size).map(([x, y]) => applyTo(toUnit, x, y));
  const reached = matrices.flatMap((matrix) => ends.flatMap(([x, y]) => applyTo(matrix, x, y)));
  const spread = Math.max(...reached) - Math.min(...reached);
  return 2 / spread;
}
