import { computed, type ImageCell, type Lazy, type Transform, tensorRows } from '@fastts/core';
import type * as tf from '@tensorflow/tfjs-core';

/** Settings of a {@link TransformBlock}. */
export interface TransformBlockOptions<T extends tf.Tensor, V> {
  /** The kind of its values ('image', 'category', 'mask', …), by which transforms decide what they act on. */
  kind: string;
  /**
   * The shape of one item in a batch, with −1 for a side that depends on the data: `[]` for a number, `[-1, 2]` for points.
   * Predictions are reshaped to it (default: they keep the shape of the model's output).
   */
  itemShape?: readonly number[];
  /**
   * Creates the transforms that turn the getter's result into an item's value (open an image, look up a label).
   * A function, because each `Datasets` needs its own: they may learn from the data (a vocabulary). Default: none.
   */
  typeTfms?: () => Transform[];
  /** Item transforms that every item of this kind needs, such as decoding to bytes. Default: none. */
  itemTfms?: Transform[];
  /** Batch transforms that every batch of this kind needs. Default: none. */
  batchTfms?: Transform[];
  /**
   * Collates the values of a batch's items into one tensor whose first dimension is the batch, or into a lazy one that
   * batch transforms may extend. Synchronous. Lazy values of item transforms are passed unevaluated.
   */
  // biome-ignore lint/suspicious/noExplicitAny: only the block knows the type of its values
  collate: (values: any[]) => T | Lazy<T>;
  /** Splits a batch into one value per item, in the form that the type transforms decode. */
  decodeBatch?(batch: T): Promise<unknown[]>;
  /** What a decoded value contributes to its item's cell in `showBatch` (default: its text as the title). */
  show?(value: V): Partial<ImageCell> | Promise<Partial<ImageCell>>;
  /** For values that are places on an item: how `predict` moves them back to the item as it was given. Default: it does not. */
  places?: Places<V>;
}

/**
 * How places that transforms have moved are moved back: by comparison with a reference that moves with them.
 *
 * A reference of three points tells any affine map. Item transforms, and batch transforms in validation, are affine; a custom one
 * that is not, such as a change of perspective, needs a block with another reference.
 */
export interface Places<V, Reference = unknown> {
  /** Creates the block of the reference. */
  block(): TransformBlock<tf.Tensor, Reference>;
  /** A target of that block with known places, in the form that a getter returns. */
  readonly reference: unknown;
  /**
   * Moves a value back.
   *
   * @param value A decoded value.
   * @param moved The decoded reference after the transforms of the same item.
   */
  restore(value: V, moved: Reference): V;
}

/**
 * One input or target of a data block: the transforms of its values, and how they are collated into a batch.
 *
 * Source: fastai `data/block.py`, `TransformBlock`.
 *
 * @typeParam T The tensor type of its batches, carried on to `dls.train` and `Learner`.
 * @typeParam V The type of its decoded values, such as the name of a label, carried on to `learn.predict`.
 * @example
 * // A block of numbers:
 * const numbers = new TransformBlock({ kind: 'number', collate: (values: number[]) => tf.tensor1d(values) });
 */
export class TransformBlock<T extends tf.Tensor = tf.Tensor, V = unknown> {
  readonly kind: string;
  readonly itemShape: readonly number[] | undefined;
  readonly typeTfms: () => Transform[];
  readonly itemTfms: readonly Transform[];
  readonly batchTfms: readonly Transform[];

  constructor(private readonly options: TransformBlockOptions<T, V>) {
    this.kind = options.kind;
    this.itemShape = options.itemShape;
    this.typeTfms = options.typeTfms ?? (() => []);
    this.itemTfms = options.itemTfms ?? [];
    this.batchTfms = options.batchTfms ?? [];
  }

  /** How `predict` moves its values back to the item as it was given, if they are places on it. */
  get places(): Places<V> | undefined {
    return this.options.places;
  }

  // These are methods rather than properties, so that a `TransformBlock<Tensor4D>` is also a `TransformBlock`.

  /** One tensor of the values of a batch's items. */
  collate(values: unknown[]): T {
    return computed(this.lazyCollate(values));
  }

  /** Like `collate`, but a lazy result is not evaluated. */
  lazyCollate(values: unknown[]): T | Lazy<T> {
    return this.options.collate(values);
  }

  /** One value per item of `batch` (default: the numbers of the item's tensor). */
  async decodeBatch(batch: T): Promise<unknown[]> {
    return this.options.decodeBatch ? this.options.decodeBatch(batch) : tensorRows(batch);
  }

  /** What `value` contributes to its cell in `showBatch`. */
  async show(value: V): Promise<Partial<ImageCell>> {
    return this.options.show ? this.options.show(value) : { title: String(value) };
  }
}
