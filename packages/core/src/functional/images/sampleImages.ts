import * as tf from '@tensorflow/tfjs-core';
import { areaResize } from './areaResize.js';
import { type PadMode, projectiveSample } from './projectiveSample.js';

/** A part of a picture, in pixels. */
export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** How pictures of one size are sampled, once. */
export interface ImageSampling {
  /** The part of them that is sampled, as if nothing lay beyond it (default: all). */
  part?: Box;
  /** Height and width to which that is averaged down before (default: as it is). */
  shrunk?: readonly [height: number, width: number];
  /** For each picture the eight numbers of its map, as in {@link projectiveSample}: `n · 8` of them. */
  matrices: Float32Array;
  /** Height and width of the result. */
  size: readonly [height: number, width: number];
  padMode: PadMode;
  mode: 'bilinear' | 'nearest';
}

/**
 * Cuts a part out of pictures, averages it down, and samples that through projective maps.
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
