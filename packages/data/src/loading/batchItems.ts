import { tensorsIn } from '@fastts/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Datasets } from './datasets.js';

/** The items that a batch consists of, in the order of its rows. */
export class BatchItems {
  /** @param indices The items' indices in `dataset`. */
  constructor(
    private readonly dataset: Pick<Datasets, 'describe'>,
    readonly indices: readonly number[],
  ) {}

  /** Number of items. */
  get length(): number {
    return this.indices.length;
  }

  /** The name of the item in a row, for messages: its path, or its index with a description. */
  name(row: number): string {
    return this.dataset.describe(this.indices[row]!);
  }
}

/** By a batch's first input tensor, which stays the same when a program assembles the batch again. */
const known = new WeakMap<Tensor, BatchItems>();

/**
 * Records a batch's items for {@link itemsOf}.
 *
 * @internal
 */
export function recordItems(batch: readonly [x: unknown, y: unknown], items: BatchItems): void {
  const [input] = tensorsIn(batch[0]);
  if (input) known.set(input, items);
}

/** The items of a batch from a `DataLoader`; `undefined` for batches from elsewhere. */
export function itemsOf([x]: readonly [x: unknown, y: unknown]): BatchItems | undefined {
  const [input] = tensorsIn(x);
  return input && known.get(input);
}
