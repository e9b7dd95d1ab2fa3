import type { NotInferred } from '@fastts/core';
import type * as tf from '@tensorflow/tfjs-core';
import type { Learner } from '../learner.js';
import type { ItemIn, LearnerData } from '../loop/batch.js';
import { Interpretation } from './interpretation.js';
import { type InterpretationOptions, observe } from './outcomes.js';

/**
 * Interpretation of a segmentation model's predictions on a set: an item's loss is the mean over its pixels, and figures
 * show the input, its mask and the predicted mask.
 *
 * Source: fastai `interpret.py`, `SegmentationInterpretation`.
 */
export class SegmentationInterpretation<
  X = tf.Tensor4D,
  Y = tf.Tensor3D,
  Item = unknown,
> extends Interpretation<X, Y, Item> {
  /** Predicts a set and records the losses of its items. */
  static override async fromLearner<X, Y, D extends LearnerData<X, Y>>(
    learn: Learner<X, Y, D>,
    options: InterpretationOptions<NotInferred<X>, NotInferred<Y>, NotInferred<D>> = {},
  ): Promise<SegmentationInterpretation<X, Y, ItemIn<D>>> {
    return new SegmentationInterpretation(await observe(learn, options, 'SegmentationInterpretation'));
  }
}
