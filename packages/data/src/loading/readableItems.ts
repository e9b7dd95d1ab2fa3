import { log, type Pipeline, progressBar, Rng } from '@fastts/core';
import type { Datasets } from './datasets.js';
import { loadItem } from './loadItem.js';
import { parallel } from './parallel.js';
import { type SkipLimits, SkippedItems } from './skippedItems.js';

/**
 * The indices of a data set's items that can be loaded. All are tried, as in validation; the others are logged.
 *
 * @param afterItem Transforms of each item, such as those that decode images.
 * @throws ItemError, DataError or LabelError as a data loader does for items that cannot be loaded.
 */
export async function readableItems(
  dataset: Datasets,
  afterItem: Pipeline,
  limits: SkipLimits,
): Promise<number[]> {
  const indices = [...Array(dataset.length).keys()];
  const bar = progressBar({ total: indices.length, label: 'Verifying', unit: 'items' });
  let done = 0;
  try {
    const failures = await parallel(async (index) => {
      // Not a stream of the library: verifying does not change what is drawn afterwards.
      const item = await loadItem({ dataset, split: 'valid', afterItem }, index, new Rng(index));
      item.dispose();
      bar.update(++done);
      return item.failure;
    }, indices);
    const skips = new SkippedItems(indices.length);
    for (const [index, failure] of failures.entries()) if (failure) skips.add(failure, index, limits);
    if (skips.items.length > 0) log(skips.summary(skips.items));
    return indices.filter((index) => !failures[index]);
  } finally {
    bar.stop();
  }
}
