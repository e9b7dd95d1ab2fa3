import * as tf from '@tensorflow/tfjs';
import { Callback } from '../callback.js';

/** Settings of {@link GatherPredsCallback}. */
export interface GatherPredsOptions {
  /** Gather inputs too (default false). */
  withInput?: boolean;
  /** Gather the loss of each item too (default false). */
  withLoss?: boolean;
}

/** What {@link GatherPredsCallback} gathered, of all batches: tensors that belong to the taker. */
export interface GatheredPreds {
  inputs: tf.Tensor[];
  preds: tf.Tensor;
  targets: tf.Tensor[];
  losses: tf.Tensor | null;
}

/**
 * Gathers predictions and targets of a validation pass, and if wanted inputs and losses.
 *
 * Source: fastai `callback/core.py`, `GatherPredsCallback`.
 */
export class GatherPredsCallback extends Callback {
  override runTrain = false;
  private readonly withInput: boolean;
  private readonly withLoss: boolean;
  private inputs: tf.Tensor[][] = [];
  private preds: tf.Tensor[] = [];
  private targets: tf.Tensor[][] = [];
  private losses: tf.Tensor[] = [];

  constructor({ withInput = false, withLoss = false }: GatherPredsOptions = {}) {
    super();
    this.withInput = withInput;
    this.withLoss = withLoss;
  }

  override beforeValidate(): void {
    this.cleanUp();
  }

  override afterBatch(): void {
    const { learn } = this;
    if (!learn.hasPred) return;
    if (this.withInput) this.inputs.push(learn.inputs.map((input) => input.clone()));
    this.preds.push(learn.pred.clone());
    this.targets.push(learn.targets.map((target) => target.clone()));
    if (this.withLoss && learn.hasLoss) this.losses.push(perItem(learn.loss, learn.pred.shape[0]!));
  }

  override cleanUp(): void {
    tf.dispose([this.inputs, this.preds, this.targets, this.losses]);
    this.inputs = [];
    this.preds = [];
    this.targets = [];
    this.losses = [];
  }

  /** Everything gathered, joined; `null` when there was no batch. */
  take(): GatheredPreds | null {
    if (this.preds.length === 0) return null;
    const taken = {
      inputs: joinColumns(this.inputs),
      preds: tf.concat(this.preds),
      targets: joinColumns(this.targets),
      losses: this.losses.length > 0 ? tf.concat(this.losses) : null,
    };
    this.cleanUp();
    return taken;
  }
}

/** One loss an item, where the loss has more than one number for each. */
export function perItem(loss: tf.Tensor, n: number): tf.Tensor {
  return loss.size === n ? loss.flatten() : tf.tidy(() => tf.mean(loss.reshape([n, -1]), 1));
}

function joinColumns(rows: readonly tf.Tensor[][]): tf.Tensor[] {
  return (rows[0] ?? []).map((_, column) => tf.concat(rows.map((row) => row[column]!)));
}
