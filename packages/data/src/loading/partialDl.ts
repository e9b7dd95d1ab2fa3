import { checkInteger } from '@fastts/core';
import type * as tf from '@tensorflow/tfjs-core';
import { DataLoader, type DataLoaderOptions } from './dataLoader.js';
import type { Datasets } from './datasets.js';

/** Settings of a {@link PartialDL}. */
export interface PartialDLOptions extends DataLoaderOptions {
  /** Number of items per pass; all, if there are fewer. */
  partialN: number;
  /** Whether to sample the items of each pass (default true); otherwise all are taken, in order. */
  shuffle?: boolean;
}

/**
 * A data loader that samples `partialN` of the items in each pass: shorter epochs of a large data set.
 *
 * Source: fastai `callback/data.py`, `PartialDL`.
 */
export class PartialDL<X = tf.Tensor4D, Y = tf.Tensor1D, V = unknown, Item = unknown> extends DataLoader<
  X,
  Y,
  V,
  Item
> {
  readonly partialN: number;

  constructor(dataset: Datasets<X, Y, V, Item>, { partialN, shuffle = true, ...options }: PartialDLOptions) {
    super(dataset, { ...options, shuffle });
    checkInteger('partialN', partialN, { min: 1 });
    this.partialN = partialN;
  }

  protected override get itemsPerPass(): number {
    return this.shuffle ? Math.min(this.partialN, this.n) : this.n;
  }

  protected override copyWith<DX, DY, DV, I>(
    dataset: Datasets<DX, DY, DV, I>,
    options: DataLoaderOptions,
  ): DataLoader<DX, DY, DV, I> {
    if (!Object.is(dataset, this.dataset)) return super.copyWith(dataset, options);
    return new PartialDL(dataset, { ...options, partialN: this.partialN });
  }
}
