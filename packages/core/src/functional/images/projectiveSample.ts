import * as tf from '@tensorflow/tfjs-core';
import { ShapeError } from '../../errors.js';
import { type Size, toSize } from '../../size.js';
import { hasKernel, runKernel } from '../engineKernel.js';

/** How pixels beyond an image's edges are filled: by reflection about the outermost pixels, by the nearest pixel, or by zeros. */
export type PadMode = 'reflection' | 'border' | 'zeros';

/** Options of {@link projectiveSample}. */
export interface ProjectiveSampleOptions {
  /** Height and width of the output (default: those of the input). */
  size?: Size;
  /** How pixels beyond the edges are filled (default `'reflection'`). */
  padMode?: PadMode;
  /** Interpolation between pixels (default `'bilinear'`). */
  mode?: 'bilinear' | 'nearest';
}

/**
 * Samples images through projective maps.
 *
 * The map `[a₀ … a₇]` sends the output pixel `(x, y)` to the input pixel
 * `((a₀x + a₁y + a₂) / k, (a₃x + a₄y + a₅) / k)` with `k = a₆x + a₇y + 1`, as in `tf.image.transform`.
 * Values agree with PyTorch's `grid_sample(align_corners=True)`.
 *
 * @param images `[n, height, width, channels]`
 * @param matrices `[n, 8]`, one map per image.
 * @returns `[n, ...size, channels]`
 * @throws ShapeError when there is not one map per image.
 */
export function projectiveSample(
  images: tf.Tensor4D,
  matrices: tf.Tensor2D,
  { size, padMode = 'reflection', mode = 'bilinear' }: ProjectiveSampleOptions = {},
): tf.Tensor4D {
  const [n, height, width] = images.shape;
  if (matrices.shape[0] !== n || matrices.shape[1] !== 8) {
    throw new ShapeError(`projectiveSample needs maps of shape [${n}, 8], got [${matrices.shape}].`);
  }
  const outputShape = toSize(size ?? [height, width]);
  if (hasKernel('ProjectiveSample')) {
    return runKernel('ProjectiveSample', { image: images, matrices }, { outputShape, padMode, mode });
  }
  return tf.tidy(() => {
    const [x, y] = sourceCoordinates(matrices, outputShape);
    const place = (coordinates: tf.Tensor, length: number) => intoPicture(coordinates, length, padMode);
    const sample = mode === 'nearest' ? sampleNearest : sampleBilinear;
    return sample(images, place(x, width), place(y, height), padMode === 'zeros');
  });
}

/** The input coordinates x and y of each output pixel, each `[n, outHeight, outWidth]`. */
function sourceCoordinates(
  matrices: tf.Tensor2D,
  [height, width]: [number, number],
): [tf.Tensor3D, tf.Tensor3D] {
  const a = tf.split(tf.reshape<tf.Rank.R3>(matrices, [-1, 1, 8]), 8, 2);
  const columns = tf.reshape(tf.range(0, width), [1, 1, width]);
  const rows = tf.reshape(tf.range(0, height), [1, height, 1]);
  const affine = (i: number, offset: tf.Tensor) =>
    tf.add(tf.add(tf.mul(a[i]!, columns), tf.mul(a[i + 1]!, rows)), offset);
  const k = affine(6, tf.scalar(1));
  return [tf.div(affine(0, a[2]!), k), tf.div(affine(3, a[5]!), k)];
}

function intoPicture(coordinates: tf.Tensor, length: number, padMode: PadMode): tf.Tensor {
  if (padMode === 'zeros') return coordinates;
  if (padMode === 'border' || length === 1) return tf.clipByValue(coordinates, 0, length - 1);
  const last = length - 1;
  const unfolded = tf.mod(tf.abs(coordinates), 2 * last);
  return tf.sub(last, tf.abs(tf.sub(last, unfolded)));
}

function sampleNearest(images: tf.Tensor4D, x: tf.Tensor, y: tf.Tensor, zeros: boolean): tf.Tensor4D {
  return pixelsAt(images, tf.round(x), tf.round(y), zeros);
}

function sampleBilinear(images: tf.Tensor4D, x: tf.Tensor, y: tf.Tensor, zeros: boolean): tf.Tensor4D {
  const left = tf.floor(x);
  const top = tf.floor(y);
  const toRight = tf.expandDims(tf.sub(x, left), 3);
  const toBottom = tf.expandDims(tf.sub(y, top), 3);
  const row = (line: tf.Tensor) =>
    blend(pixelsAt(images, left, line, zeros), pixelsAt(images, tf.add(left, 1), line, zeros), toRight);
  return blend(row(top), row(tf.add(top, 1)), toBottom);
}

function blend(a: tf.Tensor4D, b: tf.Tensor4D, share: tf.Tensor): tf.Tensor4D {
  return tf.add(tf.mul(a, tf.sub(1, share)), tf.mul(b, share));
}

/** The pixels at integer coordinates `[n, outHeight, outWidth]`; beyond the edges the nearest pixel, or zeros. */
function pixelsAt(images: tf.Tensor4D, x: tf.Tensor, y: tf.Tensor, zeros: boolean): tf.Tensor4D {
  const [n, height, width, channels] = images.shape;
  const [column, line] = [tf.clipByValue(x, 0, width - 1), tf.clipByValue(y, 0, height - 1)];
  // As int32: float32 is exact only up to 2²⁴, fewer than the pixels of a batch.
  const first = tf.mul(tf.reshape(tf.range(0, n, 1, 'int32'), [n, 1, 1]), tf.scalar(height * width, 'int32'));
  const within = tf.add(tf.mul(tf.cast(line, 'int32'), tf.scalar(width, 'int32')), tf.cast(column, 'int32'));
  const indices = tf.reshape(tf.add(within, first), [-1]);
  const pixels = tf.gather(tf.reshape(images, [-1, channels]), indices as tf.Tensor1D);
  const [, outHeight, outWidth] = x.shape as [number, number, number];
  const gathered = tf.reshape<tf.Rank.R4>(pixels, [n, outHeight, outWidth, channels]);
  if (!zeros) return gathered;
  const inside = tf.logicalAnd(tf.equal(x, column), tf.equal(y, line));
  return tf.mul(gathered, tf.expandDims(tf.cast(inside, 'float32'), 3));
}
