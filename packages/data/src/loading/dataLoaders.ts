import type { Figure } from '@fastts/core';
import type * as tf from '@tensorflow/tfjs-core';
import type { Batch } from '../blocks/blockTypes.js';
import type { TransformBlock } from '../blocks/transformBlock.js';
import type { DataLoader, DataLoaderOptions, ShowBatchOptions } from './dataLoader.js';

/** Settings of {@link DataLoaders.testDl}. */
export interface TestDlOptions extends Omit<DataLoaderOptions, 'afterItem' | 'afterBatch'> {
  /** The items carry labels, read as those of training are (default false: batches have no `y`). */
  withLabels?: boolean;
}

/**
 * The data loaders that a `Learner` trains with: training first, then validation.
 *
 * Source: fastai `data/core.py`, `DataLoaders`.
 */
export class DataLoaders<X = tf.Tensor4D, Y = tf.Tensor1D> {
  /** Where a `Learner` saves by default. */
  readonly path: string;

  /**
   * @param loaders training, validation, and further ones
   * @param options.path where a `Learner` saves (default the working folder)
   */
  constructor(
    readonly loaders: readonly DataLoader<X, Y>[],
    { path = '.' }: { path?: string } = {},
  ) {
    this.path = path;
  }

  get train(): DataLoader<X, Y> {
    return this.loaders[0]!;
  }

  get valid(): DataLoader<X, Y> {
    return this.loaders[1]!;
  }

  /** The blocks that the data was made with. */
  get blocks(): readonly TransformBlock[] {
    return this.train.dataset.blocks;
  }

  /** The names of the classes, at the numbers that stand for them; empty where there are none. */
  get vocab(): readonly string[] {
    return this.train.dataset.vocab;
  }

  /** How many numbers a model has to give for an item, such as the number of classes; 0 if unknown. */
  get c(): number {
    return this.train.dataset.c;
  }

  /** One training batch; the taker disposes of it. */
  oneBatch(): Promise<Batch<X, Y>> {
    return this.train.oneBatch();
  }

  /** A picture of a training batch's first items. */
  showBatch(options: ShowBatchOptions<X, Y> = {}): Promise<Figure> {
    return this.train.showBatch(options);
  }

  /** The same loaders, transforms and vocabulary without any items: what predicting needs, and no more. */
  newEmpty(): DataLoaders<X, Y> {
    const empty = this.loaders.map((loader) =>
      loader.with({ dataset: loader.dataset.newEmpty(), cache: undefined }),
    );
    return new DataLoaders(empty, { path: this.path });
  }

  /**
   * A loader of other items, which go through the transforms as validation items do.
   *
   * Items are what `getItems` finds. Where those are no paths but, say, rows of a table, an item of another kind is
   * taken to be the input itself: a picture's path or bytes (of several inputs, a list of them). They are kept in a
   * cache only if `options` give one.
   *
   * @example
   * const [preds] = await learn.getPreds({ dl: dls.testDl(getImageFiles('holiday')) });
   */
  testDl(items: readonly unknown[], options: TestDlOptions & { withLabels: true }): DataLoader<X, Y>;
  testDl(
    items: readonly unknown[],
    options?: TestDlOptions & { withLabels?: false },
  ): DataLoader<X, undefined>;
  testDl(items: readonly unknown[], { withLabels = false, ...overrides }: TestDlOptions = {}): unknown {
    const dataset = this.valid.dataset.testSet(items, { withLabels });
    return this.valid.with({ dataset, cache: undefined, ...overrides });
  }
}
