import { computed, type ImageCell, type Lazy, type Transform } from '@fastts/core';
import type * as tf from '@tensorflow/tfjs-core';

/** Settings of a {@link TransformBlock}. */
export interface TransformBlockOptions<T extends tf.Tensor> {
  /** What its values are ('image', 'category', 'mask', …): transforms choose by it what they act on. */
  kind: string;
  /**
   * Makes the transforms from what the getter gives to an item's value (open an image, look a label up).
   * A function, so that each `Datasets` has its own: they may learn from the data (a vocabulary). Default: none.
   */
  typeTfms?: () => Transform[];
  /** Item transforms that every item of this kind needs, such as decoding to bytes. Default: none. */
  itemTfms?: Transform[];
  /** Batch transforms that every batch of this kind needs. Default: none. */
  batchTfms?: Transform[];
  /**
   * Makes one tensor, first dimension the batch, of the values of a batch's items, or a lazy one to which the batch
   * transforms may add. Synchronous. Values that an item transform left lazy come as they are.
   */
  // biome-ignore lint/suspicious/noExplicitAny: only the block knows what its values are
  collate: (values: any[]) => T | Lazy<T>;
  /** Takes a batch apart again, one value an item, as far as the type transforms can decode it. */
  decodeBatch?(batch: T): Promise<unknown[]>;
  /** What a decoded value adds to its item's cell in `showBatch`. Default: its text as title. */
  // biome-ignore lint/suspicious/noExplicitAny: only the block knows what its values are
  show?: (value: any) => Partial<ImageCell> | Promise<Partial<ImageCell>>;
}

/**
 * One input or target of a data block: which transforms its values go through, and how they make a batch.
 *
 * Source: fastai `data/block.py`, `TransformBlock`.
 *
 * @typeParam T the tensor that a batch of it is, known to the editor in `dls.train` and `Learner`
 * @example
 * // A block of numbers:
 * const numbers = new TransformBlock({ kind: 'number', collate: (values: number[]) => tf.tensor1d(values) });
 */
export class TransformBlock<T extends tf.Tensor = tf.Tensor> {
  readonly kind: string;
  readonly typeTfms: () => Transform[];
  readonly itemTfms: readonly Transform[];
  readonly batchTfms: readonly Transform[];
  // Methods rather than properties: a `TransformBlock<Tensor4D>` is also a `TransformBlock`.
  collate(values: unknown[]): T {
    return computed(this.lazyCollate(values));
  }

  /** Like `collate`, but a lazy tensor stays so. */
  lazyCollate(values: unknown[]): T | Lazy<T> {
    return this.options.collate(values);
  }

  constructor(private readonly options: TransformBlockOptions<T>) {
    this.kind = options.kind;
    this.typeTfms = options.typeTfms ?? (() => []);
    this.itemTfms = options.itemTfms ?? [];
    this.batchTfms = options.batchTfms ?? [];
  }

  /** One value an item of `batch`; without an own way, the numbers of the item's tensor. */
  async decodeBatch(batch: T): Promise<unknown[]> {
    if (this.options.decodeBatch) return this.options.decodeBatch(batch);
    return (await batch.array()) as unknown as unknown[];
  }

  /** What `value` adds to its cell in `showBatch`. */
  async show(value: unknown): Promise<Partial<ImageCell>> {
    return this.options.show ? this.options.show(value) : { title: String(value) };
  }
}
