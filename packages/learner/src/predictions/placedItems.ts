import { tensorsIn } from '@fastts/core';
import type { Batch, DataLoader, TransformBlock } from '@fastts/data';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Batches of items without targets, which also records where the transforms move the reference of the target block's
 * places, so that predicted places can be moved back.
 */
export class PlacedItems {
  private readonly moved: unknown[] = [];
  private readonly loader: DataLoader<unknown, unknown>;
  private readonly block: TransformBlock;

  /**
   * @param dl A loader of the items, in order.
   * @param places Of the target's block.
   */
  constructor(
    dl: DataLoader<unknown, unknown>,
    private readonly places: NonNullable<TransformBlock['places']>,
  ) {
    this.block = places.block();
    this.loader = dl.with({ dataset: dl.dataset.withTarget(this.block, places.reference) });
  }

  /** Number of batches. */
  get length(): number {
    return this.loader.length;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Batch<unknown, undefined>> {
    for await (const [x, y] of this.loader) {
      const reference = tensorsIn(y)[0]!;
      this.moved.push(...(await this.block.decodeBatch(reference)));
      tf.dispose(reference);
      yield [x, undefined];
    }
  }

  /** A predicted value of item `i`, moved to the item as it was given. */
  restored(value: unknown, i: number): unknown {
    return this.places.restore(value, this.moved[i]);
  }
}
