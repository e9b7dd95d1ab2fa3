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
import { isBinaryFile } from '../binaryFile.js';
import type { DefaultInputs, InputOf, TargetOf, TargetValueOf } from '../blocks/blockTypes.js';
import type { TransformBlock } from '../blocks/transformBlock.js';
import { describeValue, reasonOf } from '../describeValue.js';
import { DataError, ItemError, LabelError } from '../errors.js';
import { itself } from '../items/getters.js';
import type { Getter } from '../items/itemTypes.js';
import type { Splits } from '../items/splitters.js';
import type { Label } from '../targets/categoryMap.js';
import { DataLoader, type DataLoaderOptions } from './dataLoader.js';
import { DataLoaders } from './dataLoaders.js';
import { PartialDL } from './partialDl.js';
import { balancedWeights, WeightedDL } from './weightedDl.js';

/** Options of {@link Datasets.build}. */
export interface DatasetsOptions<
  B extends readonly TransformBlock[] = readonly TransformBlock[],
  N extends number = number,
> {
  /** One per tuple element. */
  blocks: B;
  /** One per block (default: the item itself). */
  getters?: readonly Getter[];
  /** The indices of the training and validation items (default: all for training). */
  splits?: Splits;
  /** Number of blocks that are inputs (default: all but the last, at least one). */
  nInp?: N;
}

/** Options of {@link Datasets.empty}; each list has one element per tuple element. */
export interface EmptyDatasetsOptions {
  blocks: readonly TransformBlock[];
  nInp: number;
  getters: readonly Getter[];
  typeTfms: readonly Pipeline[];
  /** The kind of items that the getters read; absent for any. */
  itemKind?: string;
}

/** Settings of {@link Datasets.dataloaders}. */
export interface DataLoadersOptions {
  /** Training batch size (default 64). */
  bs?: number;
  /** Validation batch size (default `bs`). */
  valBs?: number;
  /** The folder in which a `Learner` saves (default: the working directory). */
  path?: string;
  /** Whether to shuffle the training items in each epoch (default true). */
  shuffle?: boolean;
  /** Whether to drop a last training batch of fewer than `bs` items (default: as `shuffle`). */
  dropLast?: boolean;
  /** Number of batches loaded ahead (default 2). */
  prefetch?: number;
  /** Whether to throw for an item that cannot be loaded, rather than skip it (default false). */
  strict?: boolean;
  /** Maximum fraction of a pass's items that may be skipped, from 0 to 1 (default 0.5). */
  maxSkipped?: number;
  /**
   * Cache of decoded images, so that later epochs need not decode: its maximum size in bytes, such as 2e9, or a cache
   * shared with other data loaders (default: none).
   */
  cache?: number | ByteCache;
}

/** The transform pipelines of {@link Datasets.dataloaders}. */
export interface LoaderPipelines {
  /** Transforms of each item. */
  afterItem?: Pipeline;
  /** Transforms of each batch. */
  afterBatch?: Pipeline;
}

/**
 * Items, each loaded as a tuple of values: one getter and one pipeline of type transforms per block.
 *
 * `train` and `valid` are the two subsets, also `Datasets`.
 *
 * Source: fastai `data/core.py`, `Datasets`.
 *
 * @typeParam X The input tensor of its batches, or a tuple of several.
 * @typeParam Y The target tensor of its batches, or a tuple of several.
 * @typeParam V The type of decoded targets, such as the name of a label.
 * @typeParam Item The type of the items, such as a path.
 */
export class Datasets<X = unknown, Y = unknown, out V = unknown, out Item = unknown> {
  /** An item's tuple of values, as {@link get} returns it: `await datasets.train[0]`. */
  readonly [index: number]: Promise<unknown[]>;

  private constructor(
    /** The items that `getItems` returned, from which the getters get values. */
    readonly items: readonly Item[],
    readonly blocks: readonly TransformBlock[],
    /** Number of blocks that are inputs. */
    readonly nInp: number,
    /** The indices in `items` of the training and validation sets. */
    readonly splits: Splits,
    /** Whether its items are transformed as in training or as in validation. */
    readonly split: Split,
    /** One getter of a raw value per block. */
    readonly getters: readonly Getter[],
    /** One pipeline of type transforms per block. */
    readonly typeTfms: readonly Pipeline[],
    /** The kind of items that the getters read; `undefined` if there were no items. */
    readonly itemKind: string | undefined,
    /** The items' indices as known to the user (default: their indices in `items`). */
    private readonly numbers?: readonly number[],
  ) {}

  /**
   * Creates the data set and sets up its type transforms on the training items.
   *
   * @throws ArgumentError when an index in the splits is out of range, or a getter reads a column that does not exist.
   * @throws LabelError when a label is missing or invalid.
   */
  static async build<
    const B extends readonly TransformBlock[],
    N extends number = DefaultInputs<B>,
    Item = unknown,
    V = TargetValueOf<B, N>,
  >(
    items: readonly Item[],
    options: DatasetsOptions<B, N>,
  ): Promise<Datasets<InputOf<B, N>, TargetOf<B, N>, V, Item>> {
    const { blocks } = options;
    const getters = options.getters ?? blocks.map(() => itself);
    const splits = options.splits ?? [[...items.keys()], []];
    const pipelines = blocks.map((block) => new Pipeline(block.typeTfms()));
    const nInp = options.nInp ?? Math.max(1, blocks.length - 1);
    const itemKind = items.length > 0 ? kindOf(items[0]) : undefined;
    const wrong = splits.flat().find((i) => !(i in items));
    if (wrong !== undefined) {
      throw new ArgumentError(`The splitter's indices must be from 0 to ${items.length - 1}, got ${wrong}.`);
    }
    const whole = new Datasets<InputOf<B, N>, TargetOf<B, N>, V, Item>(
      items,
      blocks,
      nInp,
      splits,
      'train',
      getters,
      pipelines,
      itemKind,
    );
    for (const [k, pipeline] of pipelines.entries()) {
      await pipeline.setup((before) => ({ values: () => whole.train.valuesOf(k, before) }));
      await whole.check(k);
    }
    return whole;
  }

  /** A data set without items, with type transforms that are already set up, for {@link testSet}. */
  static empty({ blocks, nInp, getters, typeTfms, itemKind }: EmptyDatasetsOptions): Datasets {
    return new Datasets([], blocks, nInp, [[], []], 'train', getters, typeTfms, itemKind);
  }

  /** Number of items. */
  get length(): number {
    return this.items.length;
  }

  /** The index of each item among the data block's items, also in a subset such as `valid`. */
  get indices(): readonly number[] {
    return this.numbers ?? [...this.items.keys()];
  }

  /** The blocks' kinds, in order. */
  get kinds(): readonly string[] {
    return this.blocks.map((block) => block.kind);
  }

  get train(): Datasets<X, Y, V, Item> {
    return this.subset('train');
  }

  get valid(): Datasets<X, Y, V, Item> {
    return this.subset('valid');
  }

  /**
   * One of the sets, as a data set.
   *
   * @param set `'train'`, `'valid'`, or the index in `splits` of a further set, which is transformed as in validation.
   */
  subset(set: Split | number): Datasets<X, Y, V, Item> {
    const index = set === 'train' ? 0 : set === 'valid' ? 1 : set;
    return this.over(this.splits[index] ?? [], index === 0 ? 'train' : 'valid');
  }

  /** A data set of the items at these indices, which may repeat. */
  pick(numbers: readonly number[]): Datasets<X, Y, V, Item> {
    return this.over(numbers, this.split);
  }

  /** The same getters and transforms without items. */
  newEmpty(): Datasets<X, Y, V, Item> {
    return this.over([], this.split);
  }

  /**
   * Loaders of the training set, the validation set, and any further sets. The transforms are set up on the training set.
   *
   * @param trainDl Creates the training loader (default: a `DataLoader`).
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
    trainDl = (dataset: Datasets<X, Y, V, Item>, options: DataLoaderOptions) =>
      new DataLoader(dataset, options),
  ): Promise<DataLoaders<X, Y, V, Item>> {
    const train = trainDl(this.train, { ...rest, bs, shuffle, dropLast });
    await train.setup();
    const others = Array.from({ length: Math.max(1, this.splits.length - 1) }, (_, i) =>
      train.with({ dataset: this.subset(i + 1), bs: valBs, shuffle: false, dropLast: false }),
    );
    return new DataLoaders([train, ...others], { path });
  }

  /**
   * Data loaders whose training loader samples items by weight, with replacement.
   *
   * Source: fastai `callback/data.py`, `weighted_dataloaders`.
   *
   * @param wgts One weight per training item; or `'balanced'`, so that all classes are equally frequent.
   * @throws ArgumentError when there is not one weight per item, or for `'balanced'` without a target of one label per item.
   */
  async weightedDataloaders(
    wgts: readonly number[] | 'balanced',
    options: DataLoadersOptions & LoaderPipelines = {},
  ): Promise<DataLoaders<X, Y, V, Item>> {
    const weights = wgts === 'balanced' ? balancedWeights(await this.trainingLabels()) : wgts;
    return this.dataloaders(options, (dataset, rest) => new WeightedDL(dataset, { ...rest, wgts: weights }));
  }

  /**
   * Data loaders whose training loader samples `partialN` of the items in each epoch.
   *
   * Source: fastai `callback/data.py`, `partial_dataloaders`.
   */
  partialDataloaders(
    partialN: number,
    options: DataLoadersOptions & LoaderPipelines = {},
  ): Promise<DataLoaders<X, Y, V, Item>> {
    return this.dataloaders(options, (dataset, rest) => new PartialDL(dataset, { ...rest, partialN }));
  }

  /**
   * A data set of new items with the same getters and transforms, as in validation: inputs only, unless `withLabels`. An
   * item of another kind than the original ones, say a path where those are rows, is taken as the input itself.
   */
  testSet<I>(items: readonly I[], options: { withLabels: true }): Datasets<X, Y, V, I>;
  testSet<I>(items: readonly I[], options?: { withLabels?: boolean }): Datasets<X, undefined, undefined, I>;
  testSet<I>(
    items: readonly I[],
    { withLabels = false }: { withLabels?: boolean } = {},
  ): Datasets<X, unknown, unknown, I> {
    if (!Array.isArray(items)) {
      throw new ArgumentError(
        `items must be a list, got ${describeValue(items)}: pass [item] for a single one.`,
      );
    }
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

  /** A data set of the same inputs, with `target` as the raw target of each item. */
  withTarget(block: TransformBlock, target: unknown): Datasets<X, unknown, unknown, Item> {
    const { items, nInp, splits, split, itemKind, numbers } = this;
    return new Datasets(
      items,
      [...this.blocks.slice(0, nInp), block],
      nInp,
      splits,
      split,
      [...this.getters.slice(0, nInp), () => target],
      [...this.typeTfms.slice(0, nInp), new Pipeline(block.typeTfms())],
      itemKind,
      numbers,
    );
  }

  /** An item's tuple of values, after the type transforms and before the item transforms. */
  async get(index: number, context?: TransformContext): Promise<unknown[]> {
    if (!(index in this.items)) {
      throw new DataError(
        `There is no item ${index}: the data set has ${this.length} items, numbered from 0.`,
      );
    }
    // Blocks are read concurrently, so each draws from its own stream.
    return Promise.all(
      this.typeTfms.map((pipeline, k) => {
        const own = context && { ...context, rng: context.rng.fork(`block ${k}`) };
        return this.valueOf(k, index, pipeline, own);
      }),
    );
  }

  /** The name of an item for messages: its path, if it has one. */
  describe(index: number): string {
    const item = this.items[index];
    return typeof item === 'string' ? item : `item ${this.numbers?.[index] ?? index}, ${describeValue(item)}`;
  }

  /** Decodes the type transforms of block `k`: a class index becomes its label. */
  decode(k: number, value: unknown): unknown {
    return this.typeTfms[k]!.decode([value], [this.kinds[k]!])[0];
  }

  /** The class names: the vocabulary of the last target that has one; empty if none has. */
  get vocab(): readonly Label[] {
    return this.targets.map((target) => learnedBy(target, 'vocab')).findLast(isKnown) ?? [];
  }

  /** Whether the values of block `k` are labels, or lists of labels, of a vocabulary. */
  hasVocab(k: number): boolean {
    return learnedBy(this.typeTfms[k]!, 'vocab') !== undefined;
  }

  /** Number of outputs per item that the last target needs: of classes, or what its block specifies; 0 if unknown. */
  get c(): number {
    const counts = this.targets.map((target) => learnedBy(target, 'c') ?? learnedBy(target, 'vocab')?.length);
    return counts.findLast(isKnown) ?? 0;
  }

  /** The type transforms of the targets. The model's outputs do not depend on the vocabulary of an input. */
  private get targets(): readonly Pipeline[] {
    return this.typeTfms.slice(this.nInp);
  }

  private over(chosen: readonly number[], split: Split): Datasets<X, Y, V, Item> {
    const items = chosen.map((i) => this.items[i]!);
    const numbers = chosen.map((i) => this.numbers?.[i] ?? i);
    const all = [...items.keys()];
    const splits = split === 'train' ? [all, []] : [[], all];
    const { blocks, nInp, getters, typeTfms, itemKind } = this;
    return new Datasets<X, Y, V, Item>(
      items,
      blocks,
      nInp,
      splits,
      split,
      getters,
      typeTfms,
      itemKind,
      numbers,
    );
  }

  /** Checks in advance what could stop a run after hours: invalid labels and missing columns. */
  private async check(k: number): Promise<void> {
    const pipeline = this.typeTfms[k]!;
    const has = (name: string) => [...pipeline].some((transform) => name in transform);
    if (this.hasVocab(k)) {
      for (const split of this.splits.keys()) for await (const _ of this.subset(split).valuesOf(k, pipeline));
      return;
    }
    const isNumbers = has('c');
    if (!isNumbers && this.itemKind !== 'object') return;
    for (const split of this.splits.keys()) {
      const part = this.subset(split);
      // One row is enough to check for the column.
      const n = isNumbers ? part.length : Math.min(part.length, 1);
      for (let i = 0; i < n; i++) {
        try {
          await (isNumbers ? part.valueOf(k, i, pipeline) : part.getters[k]!(part.items[i]));
        } catch (error) {
          // Other errors, such as a missing file, are reported when the item is loaded.
          if (error instanceof LabelError || error instanceof ArgumentError) throw error;
        }
      }
    }
  }

  /** The class of each training item, from the last target that is one label per item. */
  private async trainingLabels(): Promise<unknown[]> {
    const k = this.kinds.lastIndexOf('category');
    if (k < this.nInp) {
      throw new ArgumentError(
        `Weights can be 'balanced' only for a target of kind 'category'; the targets are: ` +
          `${this.kinds.slice(this.nInp).join(', ') || 'none'}. Pass one weight per item.`,
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
        throw new ItemError(`${this.describe(index)}: ${reasonOf(cause)}`, { cause });
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

/** What type transforms may learn from the training items. */
interface Learned {
  /** The class names. */
  readonly vocab: readonly Label[];
  /** Number of outputs per item. */
  readonly c: number;
}

/** Answers for `datasets[3]`. As the prototype's prototype it is asked only for what the class does not have. */
const itemsByIndex = new Proxy(Object.prototype, {
  get: (target, key, datasets: Datasets) =>
    typeof key === 'string' && /^\d+$/.test(key)
      ? datasets.get(Number(key))
      : Reflect.get(target, key, datasets),
});
Object.setPrototypeOf(Datasets.prototype, itemsByIndex);

/** A property of a pipeline's last transform that has it, learned or given. */
function learnedBy<K extends keyof Learned>(pipeline: Pipeline, name: K): Learned[K] | undefined {
  const transforms: object[] = [...pipeline];
  return transforms.findLast((transform): transform is Pick<Learned, K> => name in transform)?.[name];
}

function isKnown<T>(value: T | undefined): value is T {
  return value !== undefined;
}

/** The kind of an item, as far as getters distinguish: path, number, list, bytes, pixels, tensor, or object (a row). */
function kindOf(item: unknown): string {
  if (Array.isArray(item)) return 'list';
  if (item instanceof Tensor) return 'tensor';
  if (isBinaryFile(item)) return 'bytes';
  return isPixels(item) ? 'pixels' : typeof item;
}

/** Input `k` of an item that is the input itself or, for several inputs, a list of them. */
function inputOf(item: unknown, k: number, nInp: number): unknown {
  if (nInp === 1) return item;
  if (Array.isArray(item) && item.length === nInp) return item[k];
  throw new ArgumentError(
    `An item that is not of the data block's kind must be a list of its ${nInp} inputs, got ${describeValue(item)}.`,
  );
}
