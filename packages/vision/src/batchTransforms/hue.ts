import {
  checkNumber,
  type DrawContext,
  type EncodeContext,
  type Rng,
  registered,
  type Split,
  Transform,
} from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { type DrawOptions, drawMasked } from './draw.js';
import { hsv2rgb, rgb2hsv } from './hsv.js';
import { imagesIn } from './imagesIn.js';
import { reachOf } from './lighting.js';

/** Changes hue, saturation and value of a batch: `[n, height, width, 3]`, each from 0 to 1. */
export type HsvChange = (hsv: tf.Tensor4D) => tf.Tensor4D;

/** Draws a change for the `n` images of a batch. */
export type DrawHsvChange = (n: number, rng: Rng) => HsvChange;

/**
 * Changes the hue, saturation and value of a batch's images, in training only.
 *
 * Source: fastai `vision/augment.py`.
 */
export class HSVTfm extends Transform<readonly HsvChange[]> {
  override order = 40;
  override kinds = ['image'];
  override split: Split | null = 'train';

  constructor(readonly changes: readonly DrawHsvChange[]) {
    super();
  }

  override draw(context: DrawContext): HsvChange[] {
    const images = imagesIn(context, this);
    return images ? this.changes.map((draw) => draw(images.shape[0], context.rng)) : [];
  }

  encodes(images: tf.Tensor4D, { draw: changes }: EncodeContext<readonly HsvChange[]>): tf.Tensor4D {
    if (changes.length === 0) return images;
    return tf.tidy(() => hsv2rgb(changes.reduce((hsv, change) => change(hsv), rgb2hsv(images))));
  }
}

/** Options of {@link Hue}. */
export interface HueOptions extends DrawOptions {
  /** Maximum change, from 0 to below 1 (default 0.1). */
  maxHue?: number;
}

/**
 * Rotates the hues of images with probability `p` (default 0.75). A draw is the rotation as a fraction of the hue
 * circle; an integer leaves an image unchanged.
 *
 * Source: fastai `vision/augment.py`, whose random draws are close to 1.
 *
 * @throws ArgumentError when `maxHue` is not from 0 to below 1.
 */
@registered('Hue')
export class Hue extends HSVTfm {
  constructor({ maxHue = 0.1, p = 0.75, draw, batch }: HueOptions = {}) {
    const reach = reachOf(maxHue, 'maxHue');
    super([
      (n, rng) => {
        const random = (r: typeof rng) => Math.exp(r.uniform(-reach, reach));
        const moves = drawMasked(n, rng, random, { p, draw, batch });
        return (hsv) => {
          const [hue, saturation, value] = tf.split(hsv, 3, 3) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
          const moved = tf.mod(tf.add(hue, tf.tensor4d(moves, [n, 1, 1, 1])), 1) as tf.Tensor4D;
          return tf.concat([moved, saturation, value], 3);
        };
      },
    ]);
    checkNumber('p', p, { min: 0, max: 1 });
  }
}
