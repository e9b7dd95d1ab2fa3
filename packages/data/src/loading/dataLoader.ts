import {
  ByteCache,
  checkInteger,
  checkNumber,
  ensureEngine,
  explainOutOfMemory,
  type Figure,
  type ImageCell,
  isOutOfMemory,
  itemGrid,
  type Pipeline,
  Rng,
  rng,
  type Split,
  tensorsIn,
} from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Batch } from '../blocks/blockTypes.js';
import { reasonOf } from '../describeValue.js';
import { CollateError, DataError } from '../errors.js';
import { BatchItems, recordItems } from './batchItems.js';
import { checkMemory } from './checkMemory.js';
import type { Datasets } from './datasets.js';
import { type LoadedItem, loadItem } from './loadItem.js';
import { ownIn, ownTransforms, withOwn } from './ownTransforms.js';
import type { Pass, PassPosition } from './pass.js';
import { type SkippedItem, SkipRecord } from './skippedItems.js';
import { toCells } from './toCells.js';

/** Settings of a {@link DataLoader}. */
export interface DataLoaderOptions {
  /** Batch size (default 64). */
  bs?: number;
  /** Whether to shuffle the items in each pass (default false). */
  shuffle?: boolean;
  /** Whether to drop a last batch of fewer than `bs` items (default false). */
  dropLast?: boolean;
  /** Whether to apply the transforms as in training or as in validation (default: the data set's `split`). */
  split?: Split;
  /** Number of batches loaded ahead (default 2). */
  prefetch?: number;
  /** Whether to throw for an item that cannot be loaded, rather than skip it (default false). */
  strict?: boolean;
  /** Maximum fraction of a pass's items that may be skipped, from 0 to 1 (default 0.5). */
  maxSkipped?: number;
  /**
   * Cache of decoded images, so that later passes need not decode: its maximum size in bytes, or a cache shared with other
   * loaders (default: none).
   */
  cache?: number | ByteCache;
  /**
   * Transforms of each item; those that return promises run off the main thread. The blocks' own transforms, such as
   * decoding, are added, unless there is one of the same class.
   */
  afterItem?: Pipeline;
  /** Transforms of each batch, run on the engine. The blocks' own are added as for `afterItem`. */
  afterBatch?: Pipeline;
}

/**
 * Iterates over a data set in batches: `for await (const [x, y] of loader)`.
 *
 * The next batches are loaded while one is used. A batch belongs to the caller, who disposes of it. An item that cannot be
 * loaded is skipped and logged at the end of the pass; it is an error if more than `maxSkipped` of the items fail. The next
 * item of the pass takes its place, so that all batches but the last are full, and there may be fewer than `length`. Random
 * values depend only on `setSeed` and the item's position in the pass, not on which other items can be loaded, or the
 * order in which they finish loading.
 *
 * Source: fastai `data/load.py`, `DataLoader`, and `data/core.py`, `TfmdDL`.
 *
 * @typeParam X The input tensor, or a tuple of several.
 * @typeParam Y The target tensor, or a tuple of several.
 * @typeParam V The type of decoded targets, such as the name of a label.
 * @typeParam Item The type of the items, such as a path.
 * @throws ItemError when an item cannot be loaded and `strict` is set.
 * @throws DataError when more than `maxSkipped` of the items cannot be loaded, or when there is not one full batch.
 * @throws LabelError when a label is not in the vocabulary.
 * @throws CollateError when the items of a batch cannot be collated.
 * @throws OutOfMemoryError when they do not fit into memory.
 */
export class DataLoader<X = tf.Tensor4D, Y = tf.Tensor1D, out V = unknown, out Item = unknown>
  implements AsyncIterable<Batch<X, Y>>
{
  readonly bs: number;
  readonly shuffle: boolean;
  readonly dropLast: boolean;
  readonly split: Split;
  readonly prefetch: number;
  readonly strict: boolean;
  readonly maxSkipped: number;
  readonly cache: ByteCache | undefined;
  readonly afterItem: Pipeline;
  private batchPipeline: Pipeline;
  private record = new SkipRecord();

  constructor(
    readonly dataset: Datasets<X, Y, V, Item>,
    options: DataLoaderOptions = {},
  ) {
    const { bs = 64, shuffle = false, dropLast = false, prefetch = 2 } = options;
    const { strict = false, maxSkipped = 0.5, cache } = options;
    checkInteger('bs', bs, { min: 1 });
    checkInteger('prefetch', prefetch, { min: 0 });
    checkNumber('maxSkipped', maxSkipped, { min: 0, max: 1 });
    this.bs = bs;
    this.shuffle = shuffle;
    this.dropLast = dropLast;
    this.prefetch = prefetch;
    this.strict = strict;
    this.maxSkipped = maxSkipped;
    this.cache = typeof cache === 'number' ? new ByteCache(cache) : cache;
    this.split = options.split ?? dataset.split;
    const { itemTfms, batchTfms } = ownTransforms(dataset);
    this.afterItem = withOwn(itemTfms, options.afterItem);
    this.batchPipeline = withOwn(batchTfms, options.afterBatch);
  }

  /** The transforms of each batch. */
  get afterBatch(): Pipeline {
    return this.batchPipeline;
  }

  /** Number of items. */
  get n(): number {
    return this.dataset.length;
  }

  /** Number of batches per pass. */
  get length(): number {
    const batches = this.itemsPerPass / this.bs;
    return this.dropLast ? Math.floor(batches) : Math.ceil(batches);
  }

  /** Number of items per pass. */
  protected get itemsPerPass(): number {
    return this.n;
  }

  /**
   * The items skipped in the current or last pass over the data set, with reasons. It is shared by copies of the
   * loader, such as the one that `getPreds` uses.
   */
  get skipped(): readonly SkippedItem[] {
    return this.record.last.items;
  }

  /**
   * A copy of the loader with some options overridden; transforms are shared.
   *
   * @param overrides.dataset Another data set.
   */
  with<DX, DY, DV, I>(
    overrides: DataLoaderOptions & { dataset: Datasets<DX, DY, DV, I> },
  ): DataLoader<DX, DY, DV, I>;
  with(overrides: DataLoaderOptions): DataLoader<X, Y, V, Item>;
  with(overrides: DataLoaderOptions & { dataset?: Datasets }): DataLoader<unknown, unknown> {
    const { dataset = this.dataset, ...options } = overrides;
    const { bs, shuffle, dropLast, prefetch, strict, maxSkipped, cache, afterItem, afterBatch } = this;
    // Another data set has its own split.
    const split = overrides.dataset ? undefined : this.split;
    const kept = { bs, shuffle, dropLast, split, prefetch, strict, maxSkipped, cache, afterItem, afterBatch };
    const { itemTfms, batchTfms } = ownTransforms(this.dataset);
    // Also keep transforms that replaced the blocks' own.
    const replaced = {
      afterItem: withOwn(ownIn(afterItem, itemTfms), overrides.afterItem ?? afterItem),
      afterBatch: withOwn(ownIn(afterBatch, batchTfms), overrides.afterBatch ?? afterBatch),
    };
    const copy = this.copyWith(dataset, { ...kept, ...options, ...replaced });
    if (dataset === this.dataset) copy.record = this.record;
    return copy;
  }

  /** Creates a copy of the loader; a subclass passes its own options on. */
  protected copyWith<DX, DY, DV, I>(
    dataset: Datasets<DX, DY, DV, I>,
    options: DataLoaderOptions,
  ): DataLoader<DX, DY, DV, I> {
    return new DataLoader(dataset, options);
  }

  /** Sets up the item and batch transforms, each on items that the earlier transforms were applied to. */
  async setup(): Promise<void> {
    const values = () => this.tuples();
    await this.afterItem.setup(() => ({ values }));
    await this.afterBatch.setup((before) => ({
      values,
      oneBatch: async () => {
        const partial = this.with({ prefetch: 0 });
        // Without the blocks' own transforms that are not set up yet.
        partial.batchPipeline = before;
        return { tensors: tensorsIn(await partial.firstBatch()), kinds: this.dataset.kinds };
      },
    }));
  }

  [Symbol.asyncIterator](): Pass<X, Y> {
    return this.pass();
  }

  /**
   * The batches of a pass over the data set.
   *
   * @param from Where to continue an earlier pass, of this or an equal loader, whose earlier batches are not loaded again
   *   (default: a new pass from its start).
   */
  pass(from?: PassPosition): Pass<X, Y> {
    const position = from ? { ...from } : { seed: rng().seed32(), done: 0, skipped: [] };
    return Object.assign(this.batchesFrom(position), { position });
  }

  /** The batches from a position on, which moves with them. */
  private async *batchesFrom(position: PassPosition): AsyncGenerator<Batch<X, Y>, void, undefined> {
    const stream = new Rng(position.seed);
    const order = this.order(stream);
    const skips = this.record.begin(order.length, position.skipped);
    await ensureEngine();
    const loading: Promise<LoadedItem>[] = [];
    let next = position.done * this.bs + position.skipped.length;
    const startUpTo = (place: number) => {
      const end = Math.min(place, order.length, this.itemsUsed + skips.items.length);
      for (; next < end; next++) loading.push(loadItem(this, order[next]!, stream.fork(next)));
    };
    try {
      startUpTo(next + (1 + this.prefetch) * this.bs);
      if (loading.length > 0) checkMemory(await loading[0]!, this, order.length);
      for (let b = position.done; ; b++) {
        const first = next - loading.length;
        const items: LoadedItem[] = [];
        const indices: number[] = [];
        let tried = 0;
        while (items.length < this.bs) {
          // The next item replaces one that cannot be loaded.
          const lacking = this.bs - items.length;
          startUpTo(first + tried + lacking + this.prefetch * this.bs);
          const loaded = await Promise.all(loading.slice(tried, tried + lacking));
          if (loaded.length === 0) break;
          for (const [i, item] of loaded.entries()) {
            const place = first + tried + i;
            if (item.failure) skips.add(item.failure, place, this);
            else {
              items.push(item);
              indices.push(order[place]!);
            }
          }
          tried += loaded.length;
        }
        // An engine may block the thread for a whole training step: first give the pool its next work, and let
        // finished items proceed to their next step.
        await yieldToEventLoop();
        const isDropped = this.dropLast && items.length < this.bs && b > 0;
        if (items.length === 0 || isDropped) break;
        const batch = this.collated(items, stream.fork(`batch ${b}`));
        loading.splice(0, tried);
        position.done = b + 1;
        if (skips.items.length > position.skipped.length) position.skipped = [...skips.items];
        recordItems(batch, new BatchItems(this.dataset, indices));
        yield batch;
      }
      this.record.report(skips);
    } finally {
      for (const item of loading) void item.then((loaded) => loaded.dispose());
    }
  }

  /** The first batch of a new pass. The caller disposes of it. */
  async oneBatch(): Promise<Batch<X, Y>> {
    const one = this.with({ prefetch: 0 });
    // Skipped items are not reported, since this is not a whole pass.
    one.record = new SkipRecord();
    return one.firstBatch();
  }

  private async firstBatch(): Promise<Batch<X, Y>> {
    for await (const batch of this) return batch;
    throw new DataError('There is no batch: the data set is empty.');
  }

  /** Decodes the batch transforms, for showing. `batch` is not changed; the caller disposes of the result. */
  decode(batch: Batch<X, Y>): Batch<X, Y> {
    return this.assemble(this.decodedTensors(batch));
  }

  /**
   * The first items of a batch, decoded: image bytes, label names.
   *
   * @param batch A batch, or inputs with predictions in the form of targets.
   */
  async decodeBatch(
    batch: readonly [x: X, y: Y | tf.Tensor],
    { maxN = 9 }: DecodeBatchOptions = {},
  ): Promise<unknown[][]> {
    const decoded = this.decodedTensors(batch);
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

  /** A figure of a batch's first items with their labels; several images of an item are shown side by side. */
  async showBatch({
    maxN = 9,
    nrows,
    columns = nrows === undefined ? Math.ceil(Math.sqrt(maxN)) : undefined,
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
            `There is nothing to show: none of the blocks (${this.dataset.kinds.join(', ')}) has images.`,
          );
        }
        items.push(cells);
      }
      return await itemGrid(items, { nrows, columns });
    } finally {
      if (!batch) tf.dispose(tensorsIn(shown));
    }
  }

  /** New tensors: those of `batch` after the batch transforms' `decodes`. */
  private decodedTensors(batch: readonly unknown[]): tf.Tensor[] {
    const tensors = tensorsIn(batch);
    const kinds = this.dataset.kinds.slice(0, tensors.length);
    return tf.tidy(() => {
      const decoded = this.afterBatch.decode(tensors, kinds) as tf.Tensor[];
      // An unchanged tensor would otherwise have two owners.
      return decoded.map((t, i) => (t === tensors[i] ? t.clone() : t));
    });
  }

  /** A loader of the first item, repeated `n` times. */
  private repeating(n: number): DataLoader<X, Y, V, Item> {
    const dataset = this.dataset.pick(Array<number>(this.n > 0 ? n : 0).fill(0));
    return this.with({ dataset, split: this.split, bs: n, shuffle: false, dropLast: false });
  }

  private async *tuples(): AsyncGenerator<unknown[]> {
    for (let i = 0; i < this.n; i++) yield await this.dataset.get(i);
  }

  /** The indices of a pass's items in the data set, in order. */
  protected getIdxs(stream: Rng): number[] {
    return this.shuffle ? [...stream.fork('order').permutation(this.n)] : [...Array(this.n).keys()];
  }

  /** The indices of the items of a pass in the data set, in order. */
  private order(stream: Rng): number[] {
    const n = this.itemsPerPass;
    if (n > 0 && this.length === 0) {
      throw new DataError(
        `A pass has ${n} item${n === 1 ? '' : 's'}, fewer than the batch size of ${this.bs}: ` +
          `set bs to at most ${n}, or dropLast: false.`,
      );
    }
    return this.getIdxs(stream).slice(0, n);
  }

  /** Number of items in the batches of a pass, if all can be loaded. */
  private get itemsUsed(): number {
    return Math.min(this.itemsPerPass, this.length * this.bs);
  }

  private collated(items: readonly LoadedItem[], stream: Rng): Batch<X, Y> {
    try {
      return this.collate(items, stream);
    } catch (error) {
      throw explainOutOfMemory(error, items.length);
    }
  }

  private collate(items: readonly LoadedItem[], stream: Rng): Batch<X, Y> {
    const { blocks, kinds } = this.dataset;
    const tensors = tf.tidy(() => {
      const collated = blocks.map((block, k) => {
        const values = items.map((item) => item.values[k]);
        try {
          return block.lazyCollate(values);
        } catch (error) {
          if (isOutOfMemory(error)) throw error;
          throw new CollateError(
            `The ${block.kind} values of a batch cannot be collated: ${reasonOf(error)}`,
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
}

/** Lets other pending work run first. */
function yieldToEventLoop(): Promise<void> {
  // Browsers do not have setImmediate.
  return new Promise((resolve) =>
    typeof setImmediate === 'undefined' ? setTimeout(resolve) : setImmediate(resolve),
  );
}

/** Settings of {@link DataLoader.decodeBatch}. */
export interface DecodeBatchOptions {
  /** Maximum number of items (default 9). */
  maxN?: number;
}

/** Settings of `showBatch`. */
export interface ShowBatchOptions<X, Y> {
  /** Maximum number of items (default 9). */
  maxN?: number;
  /** Number of rows (default: as many as the items need). */
  nrows?: number;
  /** Items per row (default: as many as `nrows` needs, otherwise such that the figure is roughly square). */
  columns?: number;
  /** Whether to show the first item repeatedly, to see random transforms (default false). */
  unique?: boolean;
  /** The batch to show (default: a new one); it still belongs to the caller. */
  batch?: Batch<X, Y>;
}
