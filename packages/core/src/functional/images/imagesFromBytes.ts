import * as tf from '@tensorflow/tfjs-core';
import { ShapeError } from '../../errors.js';
import { checkPixels, type Pixels } from '../../pixels.js';
import { type Size, toSize } from '../../size.js';
import { hasKernel, runKernel } from '../engineKernel.js';
import { type ChannelStats, normalizeChannels } from '../normalization/normalizeChannels.js';
import { changeLogits, type LogitChange } from './changeLogits.js';
import { type Box, type ImageSampling, sampleImages } from './sampleImages.js';

/** An image of which a part is used. */
export interface PixelsPart extends Pixels {
  /** The part, at integer pixels (default: all of it). */
  readonly box?: Box;
}

/** Steps that are applied to the images of a batch, in this order. */
export interface ImageSteps {
  /** A sampling; see {@link sampleImages}. */
  sampling?: ImageSampling;
  /** A change of lighting; see {@link changeLogits}. */
  logits?: LogitChange;
  /** A normalization; see {@link normalizeChannels}. */
  stats?: ChannelStats;
}

/**
 * Converts images of bytes to a batch with values from 0 to 1, and applies `steps` to it, all in one pass where the
 * engine can.
 *
 * @param pictures Images with the same number of channels and any height and width. The part of each is resized to
 *   `size` bilinearly, which is intended for enlarging.
 * @param size Height and width of all images before `steps`.
 * @returns `[n, height, width, channels]`
 * @throws ShapeError when an image has the wrong number of bytes, or a different number of channels than the first.
 */
export function imagesFromBytes(
  pictures: readonly PixelsPart[],
  size: Size,
  steps: ImageSteps = {},
): tf.Tensor4D {
  const pair = toSize(size);
  const { channels } = pictures[0]!;
  for (const [i, picture] of pictures.entries()) check(picture, i, channels);
  if (hasKernel('ImagesFromBytes')) return runKernel('ImagesFromBytes', {}, { pictures, size: pair, steps });
  return tf.tidy(() => {
    const { sampling, logits, stats } = steps;
    let images = hasKernel('ImagesResizedFromBytes')
      ? runKernel<tf.Tensor4D>('ImagesResizedFromBytes', {}, { pictures, size: pair })
      : tf.concat(pictures.map((picture) => toImage(picture, pair)));
    if (sampling) images = sampleImages(images, sampling);
    if (logits) images = changeLogits(images, logits);
    return stats ? normalizeChannels(images, stats) : images;
  });
}

/** The resized part of an image: `[1, ...size, channels]`. */
function toImage({ data, height, width, channels, box }: PixelsPart, size: [number, number]): tf.Tensor4D {
  const whole = tf.tensor4d(
    Float32Array.from(data, (byte) => byte / 255),
    [1, height, width, channels],
  );
  const part = box ? tf.slice(whole, [0, box.top, box.left, 0], [1, box.height, box.width, channels]) : whole;
  if (part.shape[1] === size[0] && part.shape[2] === size[1]) return part;
  return tf.image.resizeBilinear(part, size, false, true);
}

function check(picture: PixelsPart, i: number, firstChannels: number): void {
  const { height, width, channels, box } = picture;
  checkPixels(picture, `Image ${i} of the batch`);
  if (channels !== firstChannels) {
    throw new ShapeError(
      `Image ${i} of the batch has ${channels} channels, but the first has ${firstChannels}: convert all to the same number.`,
    );
  }
  if (box && !liesWithin(box, height, width)) {
    throw new ShapeError(
      `The box ${JSON.stringify(box)} of image ${i} must have integer sides within its ${height}×${width} pixels.`,
    );
  }
}

function liesWithin({ left, top, width, height }: Box, fullHeight: number, fullWidth: number): boolean {
  const whole = [left, top, width, height].every(Number.isInteger);
  const starts = left >= 0 && top >= 0 && width >= 1 && height >= 1;
  return whole && starts && left + width <= fullWidth && top + height <= fullHeight;
}
