import type { ByteCache, Pipeline, Rng, Split } from '@fastts/core';
import { Tensor } from '@tensorflow/tfjs-core';
import type { Datasets } from './datasets.js';

/** The result of loading an item: its values after the item transforms, or a failure. */
export class LoadedItem {
  constructor(
    readonly values: readonly unknown[],
    readonly failure?: Failure,
  ) {}

  /** Disposes of its tensors. */
  dispose(): void {
    for (const value of this.values) if (value instanceof Tensor) value.dispose();
  }
}

/** An item that could not be loaded. */
export interface Failure {
  /** The item's index in the data set. */
  index: number;
  /** The item's path, or another name of it. */
  path: string;
  error: unknown;
}

/** The part of a data loader that loading an item needs. */
export interface ItemSource {
  readonly dataset: Datasets;
  readonly split: Split;
  readonly afterItem: Pipeline;
  readonly cache?: ByteCache;
}

/** Loads one item, with random values from `stream`. Never rejects, so it may be awaited later. */
export async function loadItem(
  { dataset, split, afterItem, cache }: ItemSource,
  index: number,
  stream: Rng,
): Promise<LoadedItem> {
  const context = { split, rng: stream, cache };
  try {
    const values = await dataset.get(index, context);
    return new LoadedItem(await afterItem.apply(values, dataset.kinds, context));
  } catch (error) {
    return new LoadedItem([], { index, path: dataset.describe(index), error });
  }
}
