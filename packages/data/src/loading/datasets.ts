import {
  ArgumentError,
  type ByteCache,
  FasttsError,
  isPixels,
  Pipeline,
  rng,
  type Split,
  type TransformContext,
} from '@fastts/core';
import { Tensor } from '@tensorflow/tfjs-core';
import type { TransformBlock } from '../blocks/transformBlock.js';
import { describeValue } from '../describeValue.js';
import { DataError, ItemError, LabelError } from '../errors.js';
import { itself } from '../items/getters.js';
import type { Getter } from '../items/itemTypes.js';
import type { Splits } from '../items/splitters.js';
import { DataLoader, type DataLoaderOptions } from './dataLoader.js';
import { DataLoaders } from './dataLoaders.js';
import { PartialDL } from './partialDl.js';
import { balancedWeights, WeightedDL } from './weightedDl.js';

/** What {@link Datasets.build} needs beside the items. */
export interface DatasetsOptions {
  /** One an element of the tuple. */
  blocks: readonly TransformBlock[];
  /** One a block; default: the item itself. */
  getters?: readonly Getter[];
  /** Which items are for training and which for validation; default: all for training. */
  splits?: Splits;
  /** How many of the blocks are inputs; default: all but the last, at least one. */
  nInp?: number;
}

/** What {@link Datasets.empty} is made of, each list with one an element of the tuple. */
export interface EmptyDatasetsOptions {
  blocks: readonly TransformBlock[];
  nInp: number;
  getters: readonly Getter[];
  typeTfms: readonly Pipeline[];
  /** What the items are that the getters know; absent for anything. */
  itemKind?: string;
}

/** Settings of {@link Datasets.dataloaders}. */
export interface DataLoadersOptions {
  /** Items a training batch (default 64). */
  bs?: number;
  /** Items a validation batch (default `bs`). */
  valBs?: number;
  /** Where a `Learner` saves (default the working folder). */
  path?: string;
  /** Shuffle the training items for each epoch (default true). */
  shuffle?: boolean;
  /** Leave out a last training batch of fewer than `bs` items (default: as `shuffle`). */
  dropLast?: boolean;
  /** How many batches of items are being loaded while one is used (default 2). */
  prefetch?: number;
  /** Stop at an item that cannot be loaded instead of skipping it (default false). */
  strict?: boolean;
  /**
   * Where item transforms keep decoded pictures, so that later epochs decode nothing: a number of bytes that they may
   * take at most, such as 2e9, or a cache that other data loaders use, too (default: none is kept).
   */
  cache?: number | ByteCache;
}

/** The pipelines of {@link Datasets.dataloaders} beside its settings. */
export interface LoaderPipelines {
  /** Transforms of each item. */
  afterItem?: Pipeline;
  /** Transforms of a whole batch. */
  afterBatch?: Pipeline;
}

/**
 * Items with what turns each into a tuple of values: a getter and type transforms a block.
 *
 * `train` and `valid` are the two sets as `Datasets` of their own.
 *
 * Source: fastai `data/core.py`, `Datasets`.
 */
export class Datasets<X = unknown, Y = unknown> {
  private constructor(
    /** What `getItems` found, of which the getters take values. */
    readonly items: readonly unknown[],
    readonly blocks: readonly TransformBlock[],
    /** How many of the blocks are inputs. */
    readonly nInp: number,
    /** The indices in `items` of the training and of the validation set. */
    readonly splits: Splits,
    /** Whether its items go through the transforms as in training or as in validation. */
    readonly split: Split,
    /** What takes each block's raw value out of an item. */
    readonly getters: readonly Getter[],
    /** The type transforms of each block. */
    readonly typeTfms: readonly Pipeline[],
    /** What the items are that the getters know; `undefined` if there were none. */
    readonly itemKind: string | undefined,
    /** The items' numbers where the user counts them; default: their places in `items`. */
    private readonly numbers?: readonly number[],
  ) {}

  /**
   * Makes the data set and lets its type transforms learn from the training items.
   *
   * @throws ArgumentError for splits with numbers that are no item's, or a getter of a column that there is not
   * @throws LabelError for a label that is missing or wrong
   */
  static async build<X = unknown, Y = unknown>(
    items: readonly unknown[],
    options: DatasetsOptions,
  ): Promise<Datasets<X, Y>> {
    const { blocks } = options;
    const getters = options.getters ?? blocks.map(() => itself);
    const splits = options.splits ?? [[...items.keys()], []];
    const pipelines = blocks.map((block) => new Pipeline(block.typeTfms()));
    const nInp = options.nInp ?? Math.max(1, blocks.length - 1);
    const itemKind = items.length > 0 ? kindOf(items[0]) : undefined;
    const wrong = splits.flat().find((i) => !(i in items));
    if (wrong !== undefined) {
      throw new ArgumentError(
        `The splitter gives item ${wrong}, but the ${items.length} items are numbered from 0.`,
      );
    }
    const whole = new Datasets<X, Y>(items, blocks, nInp, splits, 'train', getters, pipelines, itemKind);
    for (const [k, pipeline] of pipelines.entries()) {
      await pipeline.setup((before) => ({ values: () => whole.train.valuesOf(k, before) }));
      await whole.check(k);
    }
    return whole;
  }

  /** A data set without items, of type transforms that have learnt already: for {@link testSet}. */
  static empty<X = unknown, Y = unknown>({
    blocks,
    nInp,
    getters,
    typeTfms,
    itemKind,
  }: EmptyDatasetsOptions): Datasets<X, Y> {
    return new Datasets<X, Y>([], blocks, nInp, [[], []], 'train', getters, typeTfms, itemKind);
  }

  /** How many items there are. */
  get length(): number {
    return this.items.length;
  }

  /** The names of the blocks' kinds, in order. */
  get kinds(): readonly string[] {
    return this.blocks.map((block) => block.kind);
  }

  get train(): Datasets<X, Y> {
    return this.subset('train');
  }

  get valid(): Datasets<X, Y> {
    return this.subset('valid');
  }

  /**
   * The items of one set, as a data set of its own.
   *
   * @param set `'train'`, `'valid'`, or the index in `splits` of a further set, which goes through the transforms as in
   * validation
   */
  subset(set: Split | number): Datasets<X, Y> {
    const index = set === 'train' ? 0 : set === 'valid' ? 1 : set;
    return this.over(this.splits[index] ?? [], index === 0 ? 'train' : 'valid');
  }

  /** The items of those numbers, which may come several times, as a data set of its own. */
  pick(numbers: readonly number[]): Datasets<X, Y> {
    return this.over(numbers, this.split);
  }

  /** The same getters and transforms without any items. */
  newEmpty(): Datasets<X, Y> {
    return this.over([], this.split);
  }

  /**
   * Loaders of the training set, the validation set, and further sets where the splits have any; the transforms are set
   * up on the training set.
   *
   * @param trainDl makes the training loader (default a `DataLoader`)
   */
  async dataloaders(
    {
      bs = 64,
      valBs = bs,
      shuffle = true,
      dropLast = shuffle,
      path,
      ...rest
    }: DataLoadersOptions & LoaderPipelines = {},
    trainDl = (dataset: Datasets, options: DataLoaderOptions) => new DataLoader<X, Y>(dataset, options),
  ): Promise<DataLoaders<X, Y>> {
    const train = trainDl(this.train, { ...rest, bs, shuffle, dropLast });
    await train.setup();
    const others = Array.from({ length: Math.max(1, this.splits.length - 1) }, (_, i) =>
      train.with({ dataset: this.subset(i + 1), bs: valBs, shuffle: false, dropLast: false }),
    );
    return new DataLoaders([train, ...others], { path });
  }

  /**
   * Loaders that draw the training items by weights, with replacement.
   *
   * Source: fastai `callback/data.py`, `weighted_dataloaders`.
   *
   * @param wgts one a training item; `'balanced'`: such that each class comes equally often
   * @throws ArgumentError for weights that are not one an item, or `'balanced'` where no target is one label an item
   */
  async weightedDataloaders(
    wgts: readonly number[] | 'balanced',
    options: DataLoadersOptions & LoaderPipelines = {},
  ): Promise<DataLoaders<X, Y>> {
    const weights = wgts === 'balanced' ? balancedWeights(await this.trainingLabels()) : wgts;
    return this.dataloaders(options, (dataset, rest) => new WeightedDL(dataset, { ...rest, wgts: weights }));
  }

  /**
   * Loaders each training pass of which takes `partialN` of the items, drawn anew.
   *
   * Source: fastai `callback/data.py`, `partial_dataloaders`.
   */
  partialDataloaders(
    partialN: number,
    options: DataLoadersOptions & LoaderPipelines = {},
  ): Promise<DataLoaders<X, Y>> {
    return this.dataloaders(options, (dataset, rest) => new PartialDL(dataset, { ...rest, partialN }));
  }

  /**
   * The same getters and transforms, as in validation, over other items: inputs only unless `withLabels`. Each item
   * of another kind than those known, say a path where those are rows, is the input itself.
   */
  testSet(items: readonly unknown[], { withLabels = false }: { withLabels?: boolean } = {}): Datasets {
    const n = withLabels ? this.blocks.length : this.nInp;
    const { itemKind } = this;
    const takesAll = withLabels || itemKind === undefined;
    const taking = (getter: Getter, k: number): Getter => {
      if (takesAll) return getter;
      return (item) => (kindOf(item) === itemKind ? getter(item) : inputOf(item, k, n));
    };
    return new Datasets(
      items,
      this.blocks.slice(0, n),
      this.nInp,
      [[], [...items.keys()]],
      'valid',
      this.getters.slice(0, n).map(taking),
      this.typeTfms.slice(0, n),
      itemKind,
    );
  }

  /** The tuple of values of an item, after the type transforms, before the item transforms. */
  async get(index: number, context?: TransformContext): Promise<unknown[]> {
    if (!(index in this.items)) {
      throw new DataError(`There is no item ${index}: the data set has ${this.length}, numbered from 0.`);
    }
    // Blocks are read concurrently, so each draws from its own stream.
    return Promise.all(
      this.typeTfms.map((pipeline, k) => {
        const own = context && { ...context, rng: context.rng.fork(`block ${k}`) };
        return this.valueOf(k, index, pipeline, own);
      }),
    );
  }

  /** What to call an item in a message: its path, where it has one. */
  describe(index: number): string {
    const item = this.items[index];
    return typeof item === 'string' ? item : `item ${this.numbers?.[index] ?? index}, ${describeValue(item)}`;
  }

  /** Undoes the type transforms of block `k`, so that a class's number is its label again. */
  decode(k: number, value: unknown): unknown {
    return this.typeTfms[k]!.decode([value], [this.kinds[k]!])[0];
  }

  /** What stands for each class: the vocabulary of the last block that has one; empty if none has. */
  get vocab(): readonly string[] {
    return this.learnt<readonly string[]>('vocab') ?? [];
  }

  /** How many numbers a model has to give for an item: the classes, or what the target block says; 0 if unknown. */
  get c(): number {
    return this.learnt<number>('c') ?? this.vocab.length;
  }

  private learnt<T>(name: 'vocab' | 'c'): T | undefined {
    for (const pipeline of [...this.typeTfms].reverse()) {
      for (const transform of [...pipeline].reverse()) {
        if (name in transform) return (transform as unknown as Record<string, T>)[name];
      }
    }
    return undefined;
  }

  private over(chosen: readonly number[], split: Split): Datasets<X, Y> {
    const items = chosen.map((i) => this.items[i]);
    const numbers = chosen.map((i) => this.numbers?.[i] ?? i);
    const all = [...items.keys()];
    const splits = split === 'train' ? [all, []] : [[], all];
    const { blocks, nInp, getters, typeTfms, itemKind } = this;
    return new Datasets<X, Y>(items, blocks, nInp, splits, split, getters, typeTfms, itemKind, numbers);
  }

  /** Looks now at what would otherwise stop a run after hours: wrong labels, and columns that there are not. */
  private async check(k: number): Promise<void> {
    const pipeline = this.typeTfms[k]!;
    const has = (name: string) => [...pipeline].some((transform) => name in transform);
    if (has('vocab')) {
      for (const split of this.splits.keys()) for await (const _ of this.subset(split).valuesOf(k, pipeline));
      return;
    }
    const isNumbers = has('c');
    if (!isNumbers && this.itemKind !== 'object') return;
    for (const split of this.splits.keys()) {
      const part = this.subset(split);
      // One row shows whether they have the column.
      const n = isNumbers ? part.length : Math.min(part.length, 1);
      for (let i = 0; i < n; i++) {
        try {
          await (isNumbers ? part.valueOf(k, i, pipeline) : part.getters[k]!(part.items[i]));
        } catch (error) {
          // What else goes wrong with an item, such as that a file is missing, loading reports.
          if (error instanceof LabelError || error instanceof ArgumentError) throw error;
        }
      }
    }
  }

  /** The class of each training item, of the last target that is one label an item. */
  private async trainingLabels(): Promise<unknown[]> {
    const k = this.kinds.lastIndexOf('category');
    if (k < this.nInp) {
      throw new ArgumentError(
        `Weights can be 'balanced' only for a target of kind 'category'; those there are: ` +
          `${this.kinds.slice(this.nInp).join(', ') || 'none'}. Give a weight for each item.`,
      );
    }
    const labels: unknown[] = [];
    for await (const label of this.train.valuesOf(k, this.typeTfms[k]!)) labels.push(label);
    return labels;
  }

  private async *valuesOf(k: number, pipeline: Pipeline): AsyncGenerator<unknown> {
    for (const index of this.items.keys()) {
      yield await this.valueOf(k, index, pipeline).catch((cause) => {
        if (cause instanceof FasttsError) throw cause;
        throw new ItemError(`${this.describe(index)}: ${cause?.message ?? cause}`, { cause });
      });
    }
  }

  private async valueOf(
    k: number,
    index: number,
    pipeline: Pipeline,
    context: TransformContext = { split: this.split, rng: rng() },
  ): Promise<unknown> {
    try {
      const raw = await this.getters[k]!(this.items[index]);
      const [value] = await pipeline.apply([raw], [this.kinds[k]!], context);
      return value;
    } catch (error) {
      if (!(error instanceof LabelError)) throw error;
      throw new LabelError(`${this.describe(index)}: ${error.message}`, { cause: error });
    }
  }
}

/** What getters can tell apart: a path, a number, a list, bytes, pixels, a tensor, or an object such as a row. */
function kindOf(item: unknown): string {
  if (Array.isArray(item)) return 'list';
  if (item instanceof Tensor) return 'tensor';
  if (ArrayBuffer.isView(item)) return 'bytes';
  return isPixels(item) ? 'pixels' : typeof item;
}

/** Input `k` of an item that is the input itself, or of several inputs a list of them. */
function inputOf(item: unknown, k: number, nInp: number): unknown {
  if (nInp === 1) return item;
  if (Array.isArray(item) && item.length === nInp) return item[k];
  throw new ArgumentError(
    `An item of ${nInp} inputs that is not of the kind that the data block got must be a list of them; got ${describeValue(item)}.`,
  );
}
