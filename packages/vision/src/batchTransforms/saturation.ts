import {
  checkNumber,
  type DrawContext,
  type EncodeContext,
  type Rng,
  registered,
  ShapeError,
  type Split,
  Transform,
} from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { drawMasked } from './draw.js';
import { imagesIn } from './imagesIn.js';
import { type LightingOptions, reachOf } from './lighting.js';

/** Values are clipped to this distance from 0 and 1, whose logits are infinite. */
const MARGIN = 1e-7;

/** Weights of red, green and blue in gray: ITU-R 601-2, as fastai rounds them. */
const GRAY_WEIGHTS = [0.2989, 0.587, 0.114];

/**
 * Changes the saturation of images with probability `p` (default 0.75), in training only. A draw multiplies the
 * difference of the logits from those of gray; 1 leaves an image unchanged.
 *
 * Source: fastai `vision/augment.py`, where it is fused into one pass with brightness and contrast; the order of the
 * three makes no visible difference.
 *
 * @throws ArgumentError when `maxLighting` is not from 0 to below 1.
 */
@registered('Saturation')
export class Saturation extends Transform<number[]> {
  override order = 40;
  override kinds = ['image'];
  override split: Split | null = 'train';
  private readonly options: LightingOptions;
  private readonly reach: number;

  constructor(options: LightingOptions = {}) {
    super();
    checkNumber('p', options.p ?? 0.75, { min: 0, max: 1 });
    this.options = options;
    this.reach = reachOf(options.maxLighting ?? 0.2, 'maxLighting');
  }

  override draw(context: DrawContext): number[] {
    const n = imagesIn(context, this)?.shape[0] ?? 0;
    const { p = 0.75, draw, batch } = this.options;
    const { reach } = this;
    const random = (rng: Rng) => Math.exp(rng.uniform(-reach, reach));
    return drawMasked(n, context.rng, random, { p, draw, batch, neutral: 1 });
  }

  encodes(images: tf.Tensor4D, { draw: share }: EncodeContext<number[]>): tf.Tensor4D {
    if (share.every((s) => s === 1)) return images;
    return tf.tidy(() => {
      const clipped = tf.clipByValue(images, MARGIN, 1 - MARGIN);
      const logits = tf.neg(tf.log(tf.sub(tf.reciprocal(clipped), 1))) as tf.Tensor4D;
      const gray = grayscale(logits);
      const shares = tf.tensor4d(share, [share.length, 1, 1, 1]);
      return tf.sigmoid(tf.add(gray, tf.mul(tf.sub(logits, gray), shares))) as tf.Tensor4D;
    });
  }
}

/**
 * Converts images to grayscale.
 *
 * Source: fastai `vision/augment.py`.
 *
 * @param images `[n, height, width, 3]`
 * @returns `[n, height, width, 1]`
 * @throws ShapeError when they do not have three channels.
 */
export function grayscale(images: tf.Tensor4D): tf.Tensor4D {
  if (images.shape[3] !== 3) {
    throw new ShapeError(`grayscale needs images of 3 channels, got shape [${images.shape}].`);
  }
  return tf.tidy(() => tf.sum(tf.mul(images, tf.tensor1d(GRAY_WEIGHTS)), 3, true));
}
