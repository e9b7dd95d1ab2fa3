import {
  ArgumentError,
  ByteCache,
  ensureEngine,
  type Figure,
  type ImageCell,
  imageGrid,
  log,
  Pipeline,
  Rng,
  rng,
  type Split,
} from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Batch } from '../blocks/blockTypes.js';
import { CollateError, DataError } from '../errors.js';
import type { Datasets } from './datasets.js';
import { type LoadedItem, loadItem } from './loadItem.js';
import { type SkippedItem, SkippedItems } from './skippedItems.js';
import { toCells } from './toCells.js';

/** Settings of a {@link DataLoader}. */
export interface DataLoaderOptions {
  /** Items a batch (default 64). */
  bs?: number;
  /** Draw a new order of the items for each pass (default false). */
  shuffle?: boolean;
  /** Leave out a last batch of fewer than `bs` items (default false). */
  dropLast?: boolean;
  /** Apply the transforms as in training or as in validation (default: as the data set says). */
  split?: Split;
  /** How many batches of items are being loaded while one is used (default 2). */
  prefetch?: number;
  /** Stop at an item that cannot be loaded instead of skipping it (default false). */
  strict?: boolean;
  /**
   * Where item transforms keep decoded pictures, so that the next pass decodes nothing: a number of bytes that they
   * may take at most, or a cache that other loaders use, too (default: none is kept).
   */
  cache?: number | ByteCache;
  /** Transforms of each item, run off the main thread where they return promises. */
  afterItem?: Pipeline;
  /** Transforms of a whole batch, on the engine. */
  afterBatch?: Pipeline;
}

/** What {@link DataLoader.with} may change. */
export interface DataLoaderOverrides extends DataLoaderOptions {
  /** Other items. */
  dataset?: Datasets;
}

/**
 * Hands out a data set's items in batches: `for await (const [x, y] of loader)`.
 *
 * Items of the next batches are loaded while a batch is used. A batch belongs to the taker, who disposes of
 * it. An item that cannot be loaded is skipped, so that its batch is smaller by one, and reported when the pass
 * ends; more than half of the items failing is an error. What is drawn at random depends on `setSeed` and the
 * item's place in the pass only, not on which item is loaded first.
 *
 * Source: fastai `data/load.py`, `DataLoader`, and `data/core.py`, `TfmdDL`.
 *
 * @typeParam X the input tensor, or a tuple of several
 * @typeParam Y the target tensor, or a tuple of several
 * @throws ItemError for an item that cannot be loaded, when `strict`
 * @throws DataError when more than half of the items cannot be loaded, or there is no whole batch
 * @throws LabelError for a label that is not in the vocabulary
 * @throws CollateError for items that do not fit together in a batch
 */
export class DataLoader<X = tf.Tensor4D, Y = tf.Tensor1D> implements AsyncIterable<Batch<X, Y>> {
  readonly bs: number;
  readonly shuffle: boolean;
  readonly dropLast: boolean;
  readonly split: Split;
  readonly prefetch: number;
  readonly strict: boolean;
  readonly cache: ByteCache | undefined;
  readonly afterItem: Pipeline;
  readonly afterBatch: Pipeline;
  private skips = new SkippedItems(0);
  private readonly reported = new Set<string>();

  constructor(
    readonly dataset: Datasets,
    options: DataLoaderOptions = {},
  ) {
    const { bs = 64, shuffle = false, dropLast = false, prefetch = 2, strict = false, cache } = options;
    if (!(Number.isInteger(bs) && bs >= 1)) {
      throw new ArgumentError(`bs must be a whole number of at least 1; got ${bs}.`);
    }
    if (!(Number.isInteger(prefetch) && prefetch >= 0)) {
      throw new ArgumentError(`prefetch must be a whole number of at least 0; got ${prefetch}.`);
    }
    this.bs = bs;
    this.shuffle = shuffle;
    this.dropLast = dropLast;
    this.prefetch = prefetch;
    this.strict = strict;
    this.cache = typeof cache === 'number' ? new ByteCache(cache) : cache;
    this.split = options.split ?? dataset.split;
    this.afterItem = options.afterItem ?? new Pipeline();
    this.afterBatch = options.afterBatch ?? new Pipeline();
  }

  /** How many items there are. */
  get n(): number {
    return this.dataset.length;
  }

  /** How many batches a pass has. */
  get length(): number {
    const batches = this.itemsPerPass / this.bs;
    return this.dropLast ? Math.floor(batches) : Math.ceil(batches);
  }

  /** How many items a pass takes. */
  protected get itemsPerPass(): number {
    return this.n;
  }

  /** The items that the current or last pass could not load, each with the reason. */
  get skipped(): readonly SkippedItem[] {
    return this.skips.items;
  }

  /** The same loader but for what is given; transforms are shared. */
  with(overrides: DataLoaderOverrides): DataLoader<X, Y> {
    const { dataset = this.dataset, ...options } = overrides;
    const { bs, shuffle, dropLast, prefetch, strict, cache, afterItem, afterBatch } = this;
    // Another data set comes with its own split.
    const split = overrides.dataset ? undefined : this.split;
    const kept = { bs, shuffle, dropLast, split, prefetch, strict, cache, afterItem, afterBatch };
    return this.remade(dataset, { ...kept, ...options });
  }

  /** A loader like this one: a subclass adds what it has beside the options. */
  protected remade(dataset: Datasets, options: DataLoaderOptions): DataLoader<X, Y> {
    return new DataLoader<X, Y>(dataset, options);
  }

  /** Lets the item and batch transforms learn what they need from the items, each as they come to it. */
  async setup(): Promise<void> {
    const values = () => this.tuples();
    await this.afterItem.setup(() => ({ values }));
    await this.afterBatch.setup((before) => ({
      values,
      oneBatch: async () => {
        const tensors = tensorsOf(await this.with({ afterBatch: before }).oneBatch());
        return { tensors, kinds: this.dataset.kinds };
      },
    }));
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Batch<X, Y>, void, undefined> {
    const stream = new Rng(rng().seed32());
    const batches = this.batches(stream);
    const skips = new SkippedItems(batches.flat().length);
    this.skips = skips;
    await ensureEngine();
    const loading: Promise<LoadedItem>[][] = [];
    let started = 0;
    const startUpTo = (count: number) => {
      for (; started < Math.min(count, batches.length); started++) {
        const first = started * this.bs;
        loading.push(batches[started]!.map((index, i) => loadItem(this, index, stream.fork(first + i))));
      }
    };
    try {
      for (let b = 0; b < batches.length; b++) {
        startUpTo(b + 1 + this.prefetch);
        const items = await Promise.all(loading[0]!);
        // An engine may hold the thread for a whole training step: the pool should have its next work before,
        // and what it has finished meanwhile should go on to its next step.
        await nextTurn();
        const kept = this.keep(items, skips);
        const batch = kept.length > 0 ? this.collate(kept, stream.fork(`batch ${b}`)) : undefined;
        loading.shift();
        if (batch) yield batch;
      }
      this.report(skips);
    } finally {
      for (const item of loading.flat()) void item.then((loaded) => loaded.dispose());
    }
  }

  /** One batch, the first of a new pass; the taker disposes of it. */
  async oneBatch(): Promise<Batch<X, Y>> {
    for await (const batch of this.with({ prefetch: 0 })) return batch;
    throw new DataError('There is no batch: the data set has no items.');
  }

  /** Undoes the batch transforms as far as showing needs it; the given batch is left, the new one is the taker's. */
  decode(batch: Batch<X, Y>): Batch<X, Y> {
    const tensors = tensorsOf(batch);
    const kinds = this.dataset.kinds.slice(0, tensors.length);
    const decoded = tf.tidy(() => {
      const undone = this.afterBatch.decode(tensors, kinds) as tf.Tensor[];
      // What no transform changed would otherwise be one tensor with two owners.
      return undone.map((t, i) => (t === tensors[i] ? t.clone() : t));
    });
    return this.assemble(decoded);
  }

  /** The first `maxN` items of a batch as values that show: pictures' bytes, labels' names. */
  async decodeBatch(batch: Batch<X, Y>, { maxN = 9 }: { maxN?: number } = {}): Promise<unknown[][]> {
    const decoded = tensorsOf(this.decode(batch));
    try {
      const columns = await Promise.all(
        decoded.map(async (tensor, k) => {
          const first = tf.slice(tensor, 0, Math.min(maxN, tensor.shape[0]!));
          const values = await this.dataset.blocks[k]!.decodeBatch(first);
          first.dispose();
          return values.map((value) => this.dataset.decode(k, value));
        }),
      );
      return columns[0]!.map((_, i) => columns.map((column) => column[i]));
    } finally {
      tf.dispose(decoded);
    }
  }

  /** A picture of a batch's first items with their labels; an item of several pictures has them side by side. */
  async showBatch({
    maxN = 9,
    columns = Math.ceil(Math.sqrt(maxN)),
    unique = false,
    batch,
  }: ShowBatchOptions<X, Y> = {}): Promise<Figure> {
    const shown = batch ?? (await (unique ? this.repeating(maxN) : this).oneBatch());
    try {
      const items: ImageCell[][] = [];
      for (const values of await this.decodeBatch(shown, { maxN })) {
        const parts = await Promise.all(values.map((value, k) => this.dataset.blocks[k]!.show(value)));
        const cells = toCells(parts);
        if (cells.length === 0) {
          throw new DataError(
            `There is no picture to show: none of the blocks ${this.dataset.kinds.join(', ')} has any.`,
          );
        }
        items.push(cells);
      }
      return imageGrid(items.flat(), { columns: Math.min(columns, items.length) * (items[0]?.length ?? 1) });
    } finally {
      if (!batch) tf.dispose(shown as never);
    }
  }

  /** A loader of the first item, `n` times. */
  private repeating(n: number): DataLoader<X, Y> {
    const dataset = this.dataset.pick(Array<number>(this.n > 0 ? n : 0).fill(0));
    return this.with({ dataset, split: this.split, bs: n, shuffle: false, dropLast: false });
  }

  private async *tuples(): AsyncGenerator<unknown[]> {
    for (let i = 0; i < this.n; i++) yield await this.dataset.get(i);
  }

  /** The items of a pass, by their numbers in the data set, in the order in which they come. */
  protected getIdxs(stream: Rng): number[] {
    return this.shuffle ? [...stream.fork('order').permutation(this.n)] : [...Array(this.n).keys()];
  }

  private batches(stream: Rng): number[][] {
    const n = this.itemsPerPass;
    if (n > 0 && this.length === 0) {
      throw new DataError(
        `A pass has ${n} item${n === 1 ? '' : 's'}, fewer than a batch of ${this.bs}: ` +
          `give bs: ${n} or less, or dropLast: false.`,
      );
    }
    const order = this.getIdxs(stream).slice(0, this.itemsPerPass);
    return Array.from({ length: this.length }, (_, b) => order.slice(b * this.bs, (b + 1) * this.bs));
  }

  private keep(items: readonly LoadedItem[], skips: SkippedItems): LoadedItem[] {
    for (const { failure } of items) if (failure) skips.add(failure, this.strict);
    return items.filter(({ failure }) => !failure);
  }

  private collate(items: readonly LoadedItem[], stream: Rng): Batch<X, Y> {
    const { blocks, kinds } = this.dataset;
    const tensors = tf.tidy(() => {
      const collated = blocks.map((block, k) => {
        const values = items.map((item) => item.values[k]);
        try {
          return block.lazyCollate(values);
        } catch (error) {
          throw new CollateError(
            `The ${block.kind} values of a batch do not fit together: ${(error as Error).message} ` +
              'Give an item transform that makes them alike, such as Resize.',
            { cause: error },
          );
        }
      });
      return this.afterBatch.applySync(collated, kinds, { split: this.split, rng: stream }) as tf.Tensor[];
    });
    for (const item of items) item.dispose();
    return this.assemble(tensors);
  }

  private assemble(tensors: readonly tf.Tensor[]): Batch<X, Y> {
    const { nInp } = this.dataset;
    const one = (some: readonly tf.Tensor[]) => (some.length > 1 ? some : some[0]);
    return [one(tensors.slice(0, nInp)), one(tensors.slice(nInp))] as Batch<X, Y>;
  }

  private report(skips: SkippedItems): void {
    const fresh = skips.items.filter(({ path }) => !this.reported.has(path));
    for (const { path } of fresh) this.reported.add(path);
    if (fresh.length > 0) log(skips.summary(fresh));
  }
}

/** Lets what is waiting run first. */
function nextTurn(): Promise<void> {
  // A page has no setImmediate.
  return new Promise((resolve) =>
    typeof setImmediate === 'undefined' ? setTimeout(resolve) : setImmediate(resolve),
  );
}

/** Settings of `showBatch`. */
export interface ShowBatchOptions<X, Y> {
  /** How many items at most (default 9). */
  maxN?: number;
  /** How many items side by side (default: so that the picture is about square). */
  columns?: number;
  /** Show the first item again and again, as random transforms change it (default false). */
  unique?: boolean;
  /** What to show (default: a new batch); it stays the caller's. */
  batch?: Batch<X, Y>;
}

function tensorsOf(batch: readonly unknown[]): tf.Tensor[] {
  return batch.flat().filter((part): part is tf.Tensor => part instanceof tf.Tensor);
}
