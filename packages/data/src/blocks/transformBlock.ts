import { type ClassMask, computed, type Deferred, type Transform } from '@fastts/core';
import type * as tf from '@tensorflow/tfjs-core';

/**
 * What one decoded value adds to its cell in `showBatch`: a picture, a line of text above it, or what is drawn
 * over it, with places from −1 (left, top) to 1 (right, bottom).
 */
export interface Shown {
  /** `height · width · channels` bytes, rows first; one channel is grey, three are red, green, blue. */
  pixels?: Uint8Array;
  width?: number;
  height?: number;
  /** Text over the picture; the texts of several values are joined. */
  title?: string;
  /** A class for each pixel, drawn in colours over the picture. */
  mask?: ClassMask;
  /** Points drawn over the picture. */
  points?: readonly (readonly [x: number, y: number])[];
  /** Boxes drawn over the picture. */
  boxes?: readonly (readonly [left: number, top: number, right: number, bottom: number])[];
  /** The boxes' labels, in their order; a box with none (`undefined`) is not drawn. */
  boxLabels?: readonly (string | undefined)[];
}

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
   * Makes one tensor, first dimension the batch, of the values of a batch's items, or a deferred one to which the
   * batch transforms may add. Synchronous. Values that an item transform left deferred come as they are.
   */
  // biome-ignore lint/suspicious/noExplicitAny: only the block knows what its values are
  collate: (values: any[]) => T | Deferred<T>;
  /** Takes a batch apart again, one value an item, as far as the type transforms can decode it. */
  decodeBatch?(batch: T): Promise<unknown[]>;
  /** How a decoded value is shown. Default: its text as title. */
  // biome-ignore lint/suspicious/noExplicitAny: only the block knows what its values are
  show?: (value: any) => Shown | Promise<Shown>;
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

  /** Like `collate`, but what the block defers stays so. */
  lazyCollate(values: unknown[]): T | Deferred<T> {
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
  async show(value: unknown): Promise<Shown> {
    return this.options.show ? this.options.show(value) : { title: String(value) };
  }
}
