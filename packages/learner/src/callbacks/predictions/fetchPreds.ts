import { type Split, tensorsIn, toList } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import type { BatchSource } from '../../loop/batch.js';
import { Callback, type Callbacks } from '../../loop/callback.js';
import { GatherPredsCallback } from './gatherPreds.js';

/** Settings of {@link FetchPredsCallback}. */
export interface FetchPredsOptions {
  /** Which of the data's sets (default `'valid'`). */
  split?: Split;
  /** A source to use instead. */
  dl?: BatchSource;
  /** Fetch the inputs too (default false). */
  withInput?: boolean;
  /** Fetch what the predictions stand for too (default false). */
  withDecoded?: boolean;
  /** Callbacks to do without meanwhile, beside those with `removeOnFetch`. */
  cbs?: Callbacks;
}

/**
 * Predicts a set after each validation, for callbacks that show or log predictions while a model trains.
 *
 * Source: fastai `callback/core.py`, `FetchPredsCallback`.
 */
export class FetchPredsCallback extends Callback {
  override removeOnFetch = true;
  /**
   * What `getPreds` returned after the last validation: inputs if wanted, predictions, targets, and what the
   * predictions stand for if wanted. The tensors belong to the callback, which lets go of them at the next validation
   * or at `dispose`.
   */
  preds: readonly (tf.Tensor | readonly tf.Tensor[] | undefined)[] = [];

  private readonly options: FetchPredsOptions;

  constructor(options: FetchPredsOptions = {}) {
    super();
    this.options = options;
  }

  override async afterValidate(): Promise<void> {
    // A prediction is not to be followed by another one, whose batches its own gatherer would take for its own.
    if (this.learn.cb(GatherPredsCallback)) return;
    const { cbs = [], ...wanted } = this.options;
    const without = [...this.learn.cbs.filter(({ removeOnFetch }) => removeOnFetch), ...toList(cbs)];
    this.dispose();
    this.preds = await this.learn.removedCbs(without, () => this.learn.getPreds({ ...wanted, inner: true }));
  }

  /** Lets go of what was fetched. */
  dispose(): void {
    tf.dispose(tensorsIn(this.preds));
    this.preds = [];
  }
}
