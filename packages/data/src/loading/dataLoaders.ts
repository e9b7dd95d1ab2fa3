import type { Figure } from '@fastts/core';
import type * as tf from '@tensorflow/tfjs-core';
import type { Batch } from '../blocks/blockTypes.js';
import type { TransformBlock } from '../blocks/transformBlock.js';
import type { Label } from '../targets/categoryMap.js';
import type { DataLoader, DataLoaderOptions, DecodeBatchOptions, ShowBatchOptions } from './dataLoader.js';

/** Settings of {@link DataLoaders.testDl}. */
export interface TestDlOptions extends Omit<DataLoaderOptions, 'afterItem' | 'afterBatch'> {
  /**
   * Whether to throw for an item that cannot be loaded, rather than skip it (default: true unless the items have
   * labels, since predictions are matched with items by their order).
   */
  strict?: boolean;
  /** Whether the items have labels, read as in training (default false: batches have no `y`). */
  withLabels?: boolean;
}

/**
 * The data loaders of a `Learner`: training first, then validation.
 *
 * Source: fastai `data/core.py`, `DataLoaders`.
 *
 * @typeParam X The input tensor, or a tuple of several.
 * @typeParam Y The target tensor, or a tuple of several.
 * @typeParam V The type of decoded targets, such as the name of a label.
 * @typeParam Item The type of the items, such as a path.
 */
export class DataLoaders<X = tf.Tensor4D, Y = tf.Tensor1D, out V = unknown, out Item = unknown> {
  /** The folder in which a `Learner` saves by default. */
  readonly path: string;

  /**
   * @param loaders The training loader, the validation loader, and any further ones.
   * @param options.path The folder in which a `Learner` saves (default: the working directory).
   */
  constructor(
    readonly loaders: readonly DataLoader<X, Y, V, Item>[],
    { path = '.' }: { path?: string } = {},
  ) {
    this.path = path;
  }

  get train(): DataLoader<X, Y, V, Item> {
    return this.loaders[0]!;
  }

  get valid(): DataLoader<X, Y, V, Item> {
    return this.loaders[1]!;
  }

  /** The data's blocks. */
  get blocks(): readonly TransformBlock[] {
    return this.train.dataset.blocks;
  }

  /** The class names, by class index; empty if there are no classes. */
  get vocab(): readonly Label[] {
    return this.train.dataset.vocab;
  }

  /** Number of outputs per item that the data needs, such as the number of classes; 0 if unknown. */
  get c(): number {
    return this.train.dataset.c;
  }

  /** One training batch. The caller disposes of it. */
  oneBatch(): Promise<Batch<X, Y>> {
    return this.train.oneBatch();
  }

  /** A figure of a training batch's first items. */
  showBatch(options: ShowBatchOptions<X, Y> = {}): Promise<Figure> {
    return this.train.showBatch(options);
  }

  /**
   * The first items of a batch, decoded: the input of each (a list of several) and its target, such as a label's name.
   *
   * @param batch A validation batch, or inputs with predictions in the form of targets.
   */
  async decodeBatch(
    batch: readonly [x: X, y: Y | tf.Tensor],
    options?: DecodeBatchOptions,
  ): Promise<[input: unknown, target: V][]> {
    const { nInp } = this.valid.dataset;
    const items = await this.valid.decodeBatch(batch, options);
    // What the blocks decode is known to the compiler by their types only.
    return items.map((values) => [one(values.slice(0, nInp)), one(values.slice(nInp)) as V]);
  }

  /** The same loaders, transforms and vocabulary without items: what inference needs. */
  newEmpty(): DataLoaders<X, Y, V, Item> {
    const empty = this.loaders.map((loader) =>
      loader.with({ dataset: loader.dataset.newEmpty(), cache: undefined }),
    );
    return new DataLoaders(empty, { path: this.path });
  }

  /**
   * A loader of new items, transformed as in validation.
   *
   * Items are of the kind that `getItems` returns. If that kind is not a path but, say, a row of a table, an item of another
   * kind is taken as the input itself: an image's path or bytes (for several inputs, a list of them). The training cache is
   * not used, only one given by `options`.
   *
   * @example
   * const [preds] = await learn.getPreds({ dl: dls.testDl(getImageFiles('holiday')) });
   */
  testDl<I>(items: readonly I[], options: TestDlOptions & { withLabels: true }): DataLoader<X, Y, V, I>;
  testDl<I>(
    items: readonly I[],
    options?: TestDlOptions & { withLabels?: false },
  ): DataLoader<X, undefined, undefined, I>;
  testDl<I>(
    items: readonly I[],
    { withLabels = false, ...overrides }: TestDlOptions = {},
  ): DataLoader<X, unknown, unknown, I> {
    const dataset = this.valid.dataset.testSet(items, { withLabels });
    return this.valid.with({ dataset, cache: undefined, strict: !withLabels, ...overrides });
  }
}

function one(values: readonly unknown[]): unknown {
  return values.length > 1 ? values : values[0];
}
