import type { ByteCache, Pipeline, Rng, Split } from '@fastts/core';
import { Tensor } from '@tensorflow/tfjs-core';
import type { Datasets } from './datasets.js';

/** An item on its way to a batch: its values after the item transforms, or why there are none. */
export class LoadedItem {
  constructor(
    readonly values: readonly unknown[],
    readonly failure?: Failure,
  ) {}

  /** Frees what it holds on the engine. */
  dispose(): void {
    for (const value of this.values) if (value instanceof Tensor) value.dispose();
  }
}

/** An item that could not be loaded. */
export interface Failure {
  /** The item's path, or what else to call it. */
  path: string;
  error: unknown;
}

/** What loading an item needs of a data loader. */
export interface ItemSource {
  readonly dataset: Datasets;
  readonly split: Split;
  readonly afterItem: Pipeline;
  readonly cache?: ByteCache;
}

/** Loads one item, with random draws from `stream`; never rejects, so that nobody has to be waiting for it. */
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
    return new LoadedItem([], { path: dataset.describe(index), error });
  }
}
