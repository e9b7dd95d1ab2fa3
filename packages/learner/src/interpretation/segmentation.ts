import type { NotInferred } from '@fastts/core';
import type * as tf from '@tensorflow/tfjs-core';
import type { AnyLearner } from '../learner.js';
import { Interpretation } from './interpretation.js';
import { type InterpretationOptions, observe } from './outcomes.js';

/**
 * Interpretation of a segmentation model's predictions on a set: an item's loss is the mean over its pixels, and figures
 * show the input, its mask and the predicted mask.
 *
 * Source: fastai `interpret.py`, `SegmentationInterpretation`.
 */
export class SegmentationInterpretation<X = tf.Tensor4D, Y = tf.Tensor3D> extends Interpretation<X, Y> {
  /** Predicts a set and records the losses of its items. */
  static override async fromLearner<X, Y>(
    learn: AnyLearner<X, Y>,
    options: InterpretationOptions<NotInferred<X>, NotInferred<Y>> = {},
  ): Promise<SegmentationInterpretation<X, Y>> {
    return new SegmentationInterpretation(await observe(learn, options, 'SegmentationInterpretation'));
  }
}
