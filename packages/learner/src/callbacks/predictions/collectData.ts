import { tensorsIn } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { Callback } from '../../loop/callback.js';

/** A batch with what became of it. */
export interface CollectedBatch {
  inputs: tf.Tensor[];
  targets: tf.Tensor[];
  /** `null` where the batch was cancelled before. */
  pred: tf.Tensor | null;
  /** `null` where the batch was cancelled before, or has no targets. */
  loss: tf.Tensor | null;
}

/**
 * Collects all batches of the last fit, validation or prediction, with predictions and losses: to look at a few of
 * them, since all stay in memory until the next one or `dispose`.
 *
 * Source: fastai `callback/data.py`, `CollectDataCallback`.
 */
export class CollectDataCallback extends Callback {
  /** What was collected; the tensors belong to the callback. */
  data: CollectedBatch[] = [];

  override beforeFit(): void {
    this.dispose();
  }

  override afterBatch(): void {
    const { learn } = this;
    this.data.push({
      inputs: learn.inputs.map((input) => input.clone()),
      targets: learn.targets.map((target) => target.clone()),
      pred: learn.hasPred ? learn.pred.clone() : null,
      loss: learn.hasLoss ? learn.loss.clone() : null,
    });
  }

  /** Lets go of what was collected. */
  dispose(): void {
    for (const batch of this.data) tf.dispose(tensorsIn(Object.values(batch)));
    this.data = [];
  }
}
