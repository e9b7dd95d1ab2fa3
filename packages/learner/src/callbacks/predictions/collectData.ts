import { tensorsIn } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { Callback } from '../../loop/callback.js';

/** A batch with its prediction and loss. */
export interface CollectedBatch {
  inputs: tf.Tensor[];
  targets: tf.Tensor[];
  /** `null` if the batch was canceled earlier. */
  pred: tf.Tensor | null;
  /** `null` if the batch was canceled earlier, or has no targets. */
  loss: tf.Tensor | null;
}

/**
 * Collects all batches of the last fit, validation or prediction, with predictions and losses. Use it with few
 * batches: all stay in memory until the next run or `dispose`.
 *
 * Source: fastai `callback/data.py`, `CollectDataCallback`.
 */
export class CollectDataCallback extends Callback {
  static override readonly name: string = 'CollectDataCallback';

  /** The collected batches; the tensors belong to the callback. */
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

  /** Disposes of the collected batches. */
  override dispose(): void {
    for (const batch of this.data) tf.dispose(tensorsIn(Object.values(batch)));
    this.data = [];
  }
}
