import { type Split, tensorsIn, toList } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import type { BatchSource } from '../../loop/batch.js';
import { Callback, type Callbacks } from '../../loop/callback.js';
import { GatherPredsCallback } from './gatherPreds.js';

/** Options of {@link FetchPredsCallback}. */
export interface FetchPredsOptions {
  /** Which of the data's sets to predict (default `'valid'`). */
  split?: Split;
  /** A source of batches to use instead. */
  dl?: BatchSource<unknown, unknown>;
  /** Whether to also fetch the inputs (default false). */
  withInput?: boolean;
  /** Whether to also fetch the decoded predictions (default false). */
  withDecoded?: boolean;
  /** Callbacks to remove while predicting, in addition to those with `removeOnFetch`. */
  cbs?: Callbacks;
}

/**
 * Predicts a set after each validation, for callbacks that show or log predictions during training. An item that cannot be
 * loaded has rows of NaN.
 *
 * Source: fastai `callback/core.py`, `FetchPredsCallback`.
 */
export class FetchPredsCallback extends Callback {
  static override readonly name: string = 'FetchPredsCallback';
  override removeOnFetch = true;
  /**
   * The result of `getPreds` after the last validation: inputs if requested, predictions, targets, and decoded
   * predictions if requested. The tensors belong to the callback, which disposes of them at the next validation
   * or at `dispose`.
   */
  preds: readonly (tf.Tensor | readonly tf.Tensor[] | undefined)[] = [];

  private readonly options: FetchPredsOptions;

  constructor(options: FetchPredsOptions = {}) {
    super();
    this.options = options;
  }

  override async afterValidate(): Promise<void> {
    // No prediction within a prediction, whose own gatherer would also gather its batches.
    if (this.learn.cb(GatherPredsCallback)) return;
    const { cbs = [], ...wanted } = this.options;
    const without = [...this.learn.cbs.filter(({ removeOnFetch }) => removeOnFetch), ...toList(cbs)];
    this.dispose();
    const parts: unknown[] = await this.learn.removedCbs(without, () =>
      // A single invalid item must not end a long fit.
      this.learn.getPreds({ ...wanted, unreadable: 'nan', inner: true }),
    );
    this.preds = parts.map((part) => {
      const tensors = tensorsIn(part);
      return tensors.length > 1 ? tensors : tensors[0];
    });
  }

  /** Disposes of the fetched tensors. */
  override dispose(): void {
    tf.dispose(tensorsIn(this.preds));
    this.preds = [];
  }
}
