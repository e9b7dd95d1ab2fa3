import { isNode, isPixels, node, OutOfMemoryError } from '@fastts/core';
import { Tensor } from '@tensorflow/tfjs-core';
import type { LoadedItem } from './loadItem.js';

/**
 * Checks that the items that a pass holds at a time, as large as the first, are smaller than the machine's memory, or a
 * container's. Otherwise the system would end the process while they are loaded.
 *
 * @param loader.prefetch Number of batches loaded ahead.
 * @param items Number of items in the pass.
 * @throws OutOfMemoryError when they are larger.
 */
export function checkMemory(
  first: LoadedItem,
  { bs, prefetch }: { bs: number; prefetch: number },
  items: number,
): void {
  if (!isNode()) return;
  const total = node.os.totalmem();
  const memory = Math.min(total, process.constrainedMemory() || total);
  const each = first.values.reduce((sum: number, value) => sum + byteLength(value), 0);
  const held = Math.min(bs * (1 + prefetch), items);
  if (each * held <= memory) return;
  const gb = (bytes: number) => `${Number((bytes / 1e9).toPrecision(3))} GB`;
  throw new OutOfMemoryError(
    `A batch of ${Math.min(bs, items)} items and the ${prefetch} loaded ahead do not fit into memory: the items take ${gb(each * held)} of the ${gb(memory)} there are. Create the data with a smaller bs or prefetch, or use smaller images.`,
    { bytes: each * held, available: memory },
  );
}

function byteLength(value: unknown): number {
  if (isPixels(value)) return value.data.byteLength;
  if (value instanceof Tensor) return value.size * 4;
  return ArrayBuffer.isView(value) ? value.byteLength : 0;
}
