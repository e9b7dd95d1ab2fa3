import {
  changeLogits,
  type DrawContext,
  type EncodeContext,
  type LogitChange,
  type Rng,
  registered,
  type Split,
  Transform,
} from '@fastts/core';
import type * as tf from '@tensorflow/tfjs-core';
import { LazyImageBatch } from '../image/lazyImageBatch.js';
import { imagesIn } from './imagesIn.js';

/** Draws a change for each of the `n` images of a batch. */
export type DrawLogitChange = (n: number, rng: Rng) => LogitChange;

/**
 * Changes the lighting of a batch's images through the logits of their values, so that they stay within 0 and
 * 1. All changes are fused into one pass. Used in training only.
 *
 * Source: `LightingTfm` of fastai `vision/augment.py`.
 */
@registered('LightingTfm')
export class LightingTfm extends Transform<LogitChange | null> {
  override order = 40;
  override kinds = ['image'];
  override split: Split | null = 'train';
  override takesLazy = true;

  constructor(readonly changes: readonly DrawLogitChange[]) {
    super();
  }

  /** One transform equivalent to `transforms` in order. */
  @registered('LightingTfm.compose')
  static compose(transforms: readonly LightingTfm[]): LightingTfm {
    return new LightingTfm(transforms.flatMap((t) => t.changes));
  }

  override draw(context: DrawContext): LogitChange | null {
    const images = imagesIn(context, this);
    return images ? composeChanges(this.changes.map((draw) => draw(images.shape[0], context.rng))) : null;
  }

  encodes(
    images: tf.Tensor4D | LazyImageBatch,
    { draw: change }: EncodeContext<LogitChange | null>,
  ): tf.Tensor4D | LazyImageBatch {
    if (!change) return images;
    return images instanceof LazyImageBatch ? images.relit(change) : changeLogits(images, change);
  }
}

function composeChanges(changes: readonly LogitChange[]): LogitChange | null {
  if (changes.length === 0) return null;
  return changes.reduce((before, after) => ({
    scale: before.scale.map((s, i) => s * after.scale[i]!),
    shift: before.shift.map((b, i) => b * after.scale[i]! + after.shift[i]!),
  }));
}
