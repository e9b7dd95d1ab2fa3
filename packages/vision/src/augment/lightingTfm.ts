import { type Rng, registered, Transform, type TransformContext } from '@fastts/core';
import * as tf from '@tensorflow/tfjs';

/** A change of a picture's logits: each picture's are multiplied by its scale, then its shift is added. */
export interface LogitChange {
  /** One a picture. */
  scale: readonly number[];
  /** One a picture. */
  shift: readonly number[];
}

/** Draws a change for each of the `n` pictures of a batch. */
export type DrawLogitChange = (n: number, rng: Rng) => LogitChange;

/** Values are kept this far from 0 and 1, whose logits are infinite. */
const MARGIN = 1e-7;

/**
 * Changes the light of a batch's pictures through the logits of their values, so that they stay within 0 and
 * 1. Any number of changes are done in one pass. Used in training only.
 *
 * Source: `LightingTfm` of fastai `vision/augment.py`.
 */
@registered('LightingTfm')
export class LightingTfm extends Transform {
  override order = 40;
  override kinds = ['image'];
  override splitIdx = 0 as const;
  private drawn: LogitChange | null = null;

  constructor(readonly changes: readonly DrawLogitChange[]) {
    super();
  }

  /** One transform that does what `transforms` do, first to last. */
  @registered('LightingTfm.compose')
  static compose(transforms: readonly LightingTfm[]): LightingTfm {
    return new LightingTfm(transforms.flatMap((t) => t.changes));
  }

  override beforeCall(values: readonly unknown[], kinds: readonly string[], { rng }: TransformContext): void {
    const images = values[kinds.indexOf('image')] as tf.Tensor4D | undefined;
    this.drawn = images ? composeChanges(this.changes.map((draw) => draw(images.shape[0], rng))) : null;
  }

  encodes(images: tf.Tensor4D): tf.Tensor4D {
    return this.drawn ? changeLight(images, this.drawn) : images;
  }
}

/**
 * Changes the logits of pictures with values from 0 to 1.
 *
 * @param images `[n, height, width, channels]`.
 */
export function changeLight(images: tf.Tensor4D, { scale, shift }: LogitChange): tf.Tensor4D {
  if (scale.every((s) => s === 1) && shift.every((b) => b === 0)) return images;
  return tf.tidy(() => {
    // sigmoid(s · logit(x) + b) without logarithms: 1 / (1 + e^−b · (1/x − 1)^s).
    const clipped = tf.clipByValue(images, MARGIN, 1 - MARGIN);
    const odds = tf.sub(tf.reciprocal(clipped), 1);
    const scaled = tf.pow(odds, perPicture(scale));
    const shifted = tf.mul(scaled, perPicture(shift.map((b) => Math.exp(-b))));
    return tf.reciprocal(tf.add(shifted, 1)) as tf.Tensor4D;
  });
}

function composeChanges(changes: readonly LogitChange[]): LogitChange | null {
  if (changes.length === 0) return null;
  return changes.reduce((before, after) => ({
    scale: before.scale.map((s, i) => s * after.scale[i]!),
    shift: before.shift.map((b, i) => b * after.scale[i]! + after.shift[i]!),
  }));
}

function perPicture(values: readonly number[]): tf.Tensor4D {
  return tf.tensor4d([...values], [values.length, 1, 1, 1]);
}
