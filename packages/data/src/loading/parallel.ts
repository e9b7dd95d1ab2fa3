import { checkInteger, node } from '@fastts/core';

/**
 * Calls an asynchronous function for each item, several at a time; for work off the main thread, such as reading files.
 *
 * Source: fastcore `parallel.py`, `parallel`.
 *
 * @param fn Called in the order of the items, without waiting for earlier calls to finish.
 * @param options.nWorkers Number of concurrent calls, where 0 is as 1 (default: the number of processors).
 * @throws ArgumentError when `nWorkers` is not an integer ≥ 0.
 * @returns The results of `fn`, in the order of the items.
 */
export async function parallel<T, R>(
  fn: (item: T) => Promise<R>,
  items: readonly T[],
  { nWorkers = node.os.availableParallelism() }: { nWorkers?: number } = {},
): Promise<R[]> {
  checkInteger('nWorkers', nWorkers, { min: 0 });
  const results: R[] = [];
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const i = next++;
      try {
        results[i] = await fn(items[i]!);
      } catch (error) {
        // Start no more work.
        next = items.length;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(Math.max(nWorkers, 1), items.length) }, worker));
  return results;
}
