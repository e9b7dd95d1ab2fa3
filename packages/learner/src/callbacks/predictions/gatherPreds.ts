import * as tf from '@tensorflow/tfjs-core';
import { Callback } from '../../loop/callback.js';
import { checkHasLabels, perItem } from '../../losses/loss.js';
import { joinRows, paddedToLongest } from '../../numbers/joinRows.js';

/** Options of {@link GatherPredsCallback}. */
export interface GatherPredsOptions {
  /** Whether to also gather inputs (default false). */
  withInput?: boolean;
  /** Whether to also gather the loss of each item (default false). */
  withLoss?: boolean;
}

/** What {@link GatherPredsCallback} gathered over all batches. The tensors belong to the caller. */
export type GatheredPreds = {
  inputs: tf.Tensor[];
  preds: tf.Tensor;
  targets: tf.Tensor[];
  /** Absent unless requested. */
  losses: tf.Tensor | undefined;
};

/**
 * Gathers predictions and targets of a validation pass, and optionally inputs and losses.
 *
 * Source: fastai `callback/core.py`, `GatherPredsCallback`.
 */
export class GatherPredsCallback extends Callback {
  static override readonly name: string = 'GatherPredsCallback';
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
    if (!this.withLoss) return;
    checkHasLabels(learn, 'withLoss');
    if (learn.hasLoss) this.losses.push(perItem(learn.loss, learn.pred.shape[0]!));
  }

  override cleanUp(): void {
    tf.dispose([this.inputs, this.preds, this.targets, this.losses]);
    this.inputs = [];
    this.preds = [];
    this.targets = [];
    this.losses = [];
  }

  /**
   * All gathered tensors, concatenated; `null` if there was no batch. Targets whose sizes differ by batch, such as
   * boxes, are padded with zeros, as within a batch.
   *
   * @throws LearnerError when the shapes of two batches do not match.
   */
  take(): GatheredPreds | null {
    if (this.preds.length === 0) return null;
    const taken = tf.tidy(() => this.joined());
    this.cleanUp();
    return taken;
  }

  private joined(): GatheredPreds {
    return {
      inputs: columns(this.inputs).map((column) => joinRows(column, 'inputs')),
      preds: joinRows(this.preds, 'predictions'),
      targets: columns(this.targets).map((column) => joinRows(paddedToLongest(column), 'targets')),
      losses: this.losses.length > 0 ? tf.concat(this.losses) : undefined,
    };
  }
}

function columns(rows: readonly tf.Tensor[][]): tf.Tensor[][] {
  return (rows[0] ?? []).map((_, column) => rows.map((row) => row[column]!));
}
