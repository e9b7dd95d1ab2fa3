import {
  checkInteger,
  checkNumber,
  type DrawContext,
  type EncodeContext,
  type Rng,
  registered,
  type Split,
  Transform,
} from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { imagesIn } from './imagesIn.js';

/** A part of an image: rows from `rl` up to, but excluding, `rh`; columns from `cl` up to, but excluding, `ch`. */
export type ErasedArea = readonly [rl: number, rh: number, cl: number, ch: number];

/** The erased areas of a batch, and the source of the noise that replaces them. */
interface Erasure {
  areas: readonly ErasedArea[];
  noise: Rng;
}

/** Options of {@link RandomErasing}. */
export interface RandomErasingOptions {
  /** Probability of changing a batch (default 0.5). */
  p?: number;
  /** Minimum fraction of the area to erase (default 0). */
  sl?: number;
  /** Maximum fraction of the area to erase (default 0.3). */
  sh?: number;
  /** Minimum aspect ratio of an erased rectangle, above 0 and at most 1; the maximum is its inverse (default 0.3). */
  minAspect?: number;
  /** Maximum number of rectangles, which share the erased area (default 1). */
  maxCount?: number;
}

/**
 * Replaces one or more random rectangles by noise, N(0, 1), with probability `p`, in training only. It runs after
 * `Normalize`, so that noise is distributed like the images. The areas are the same for all images of a batch.
 *
 * Source: Zhong et al. 2017 (https://arxiv.org/abs/1708.04896); fastai `vision/augment.py`.
 *
 * @throws ArgumentError when `minAspect` is not positive, or `maxCount` is not an integer ≥ 1.
 */
@registered('RandomErasing')
export class RandomErasing extends Transform<Erasure | null> {
  override order = 100;
  override kinds = ['image'];
  override split: Split | null = 'train';
  private readonly options: Required<RandomErasingOptions>;

  constructor({ p = 0.5, sl = 0, sh = 0.3, minAspect = 0.3, maxCount = 1 }: RandomErasingOptions = {}) {
    super();
    checkNumber('p', p, { min: 0, max: 1 });
    checkNumber('sh', sh, { min: 0, max: 1 });
    checkNumber('sl', sl, { min: 0, max: sh });
    checkNumber('minAspect', minAspect, { above: 0, max: 1 });
    checkInteger('maxCount', maxCount, { min: 1 });
    this.options = { p, sl, sh, minAspect, maxCount };
  }

  override draw(context: DrawContext): Erasure | null {
    const { p } = this.options;
    const { rng } = context;
    const images = imagesIn(context, this);
    if (!images || !(p === 1 || rng.bernoulli(p))) return null;
    const [, height, width] = images.shape;
    return { areas: drawAreas(height, width, this.options, rng), noise: rng };
  }

  encodes(images: tf.Tensor4D, { draw: erasure }: EncodeContext<Erasure | null>): tf.Tensor4D {
    return erasure ? cutoutGaussian(images, erasure.areas, erasure.noise) : images;
  }
}

/** Draws the rectangles to erase from images of the given height and width. */
function drawAreas(
  height: number,
  width: number,
  { sl, sh, minAspect, maxCount }: Required<RandomErasingOptions>,
  rng: Rng,
): ErasedArea[] {
  const count = 1 + rng.int(maxCount);
  return Array.from({ length: count }, () => {
    const area = (rng.uniform(sl, sh) * height * width) / count;
    const aspect = Math.exp(rng.uniform(Math.log(minAspect), -Math.log(minAspect)));
    return [...drawSide(area * aspect, height, rng), ...drawSide(area / aspect, width, rng)] as const;
  });
}

/**
 * Draws the position of a square's side, given the square's area, on an axis of `length` pixels.
 */
function drawSide(area: number, length: number, rng: Rng): [start: number, end: number] {
  const side = Math.round(Math.sqrt(area));
  const start = rng.int(Math.max(length - side, 0) + 1);
  return [start, start + side];
}

/**
 * Replaces areas of images by noise, N(0, 1), drawn separately for each image.
 *
 * Source: fastai `vision/augment.py`.
 *
 * @param images `[n, height, width, channels]`
 * @param areas The areas, the same for all images; parts outside the image are ignored.
 * @param rng Source of the noise.
 */
export function cutoutGaussian(images: tf.Tensor4D, areas: readonly ErasedArea[], rng: Rng): tf.Tensor4D {
  return tf.tidy(() => areas.reduce((erased, area) => withNoise(erased, area, rng), images));
}

function withNoise(images: tf.Tensor4D, [rl, rh, cl, ch]: ErasedArea, rng: Rng): tf.Tensor4D {
  const [n, height, width, channels] = images.shape;
  const [bottom, right] = [Math.min(rh, height), Math.min(ch, width)];
  if (bottom <= rl || right <= cl) return images;
  const part = (top: number, left: number, below: number, beside: number) =>
    tf.slice(images, [0, top, left, 0], [n, below - top, beside - left, channels]);
  const shape: [number, number, number, number] = [n, bottom - rl, right - cl, channels];
  const noise = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => rng.normal());
  const middle = join(
    [part(rl, 0, bottom, cl), tf.tensor4d(noise, shape), part(rl, right, bottom, width)],
    2,
  );
  return join([part(0, 0, rl, width), middle, part(bottom, 0, height, width)], 1);
}

function join(parts: tf.Tensor4D[], axis: number): tf.Tensor4D {
  return tf.concat(
    parts.filter(({ size }) => size > 0),
    axis,
  );
}
