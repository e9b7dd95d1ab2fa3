import * as tf from '@tensorflow/tfjs-core';
import { areaResize } from './areaResize.js';
import { type PadMode, projectiveSample } from './projectiveSample.js';

/** A rectangular part of an image, in pixels. */
export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** How images of equal size are sampled, in one pass. */
export interface ImageSampling {
  /** The part that is sampled, as if it were the whole image (default: all of it). */
  part?: Box;
  /** Height and width to which that part is reduced by averaging first (default: not reduced). */
  shrunk?: readonly [height: number, width: number];
  /** The maps of {@link projectiveSample}: `n · 8` numbers, eight per image. */
  matrices: Float32Array;
  /** Height and width of the output. */
  size: readonly [height: number, width: number];
  padMode: PadMode;
  mode: 'bilinear' | 'nearest';
}

/**
 * Crops images, reduces them by averaging, and samples them through projective maps.
 *
 * @param images `[n, height, width, channels]`
 * @returns `[n, ...size, channels]`
 */
export function sampleImages(images: tf.Tensor4D, sampling: ImageSampling): tf.Tensor4D {
  const { part, shrunk, matrices, size, padMode, mode } = sampling;
  const [n, , , channels] = images.shape;
  return tf.tidy(() => {
    const cut = part
      ? tf.slice(images, [0, part.top, part.left, 0], [n, part.height, part.width, channels])
      : images;
    const source = shrunk ? areaResize(cut, shrunk) : cut;
    const maps = tf.tensor2d(matrices, [matrices.length / 8, 8]);
    return projectiveSample(source, maps, { size, padMode, mode });
  });
}
