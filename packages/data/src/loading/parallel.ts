import type * as Os from 'node:os';
import { nodePackage } from '@fastts/core';

/**
 * Does work for each of many items, several at a time: work that is done off the main thread, such as reading files.
 *
 * Source: fastcore `parallel.py`, `parallel`.
 *
 * @param fn called in the order of the items, though not each before the last has ended
 * @param options.nWorkers how many at a time (default the number of processors)
 * @returns what `fn` gave for each item, in their order
 */
export async function parallel<T, R>(
  fn: (item: T) => Promise<R>,
  items: readonly T[],
  { nWorkers = nodePackage<typeof Os>('node:os').availableParallelism() }: { nWorkers?: number } = {},
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const i = next++;
      try {
        results[i] = await fn(items[i]!);
      } catch (error) {
        // Nothing more is begun.
        next = items.length;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(Math.max(nWorkers, 1), items.length) }, worker));
  return results;
}
