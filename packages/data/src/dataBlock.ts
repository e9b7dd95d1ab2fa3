import { ArgumentError, log, Pipeline, type Transform } from '@fastts/core';
import type { DefaultInputs, InputOf, TargetOf } from './blocks/blockTypes.js';
import { mergeTransforms } from './blocks/mergeTransforms.js';
import type { TransformBlock } from './blocks/transformBlock.js';
import { describeValue } from './describeValue.js';
import { EmptySourceError } from './errors.js';
import { ItemGetter, itself } from './items/getters.js';
import type { FoundItems, Getter, GetterLike, ItemOf, SourceOf } from './items/itemTypes.js';
import { RandomSplitter, type SplitterLike } from './items/splitters.js';
import type { DataLoaders } from './loading/dataLoaders.js';
import { type DataLoadersOptions, Datasets } from './loading/datasets.js';
import { type SummaryOptions, summarize } from './summary.js';

/** One transform or several. */
export type TransformsLike = Transform | readonly Transform[];

/**
 * Settings of a {@link DataBlock}.
 *
 * What an item is follows from `getItems`, and the getters and the splitter may read what it has. Without `getItems`, it
 * follows from the getters.
 */
export interface DataBlockOptions<
  B extends readonly TransformBlock[],
  N extends number,
  // biome-ignore lint/suspicious/noExplicitAny: only `getItems` says what a source is
  Source = any,
  Found extends FoundItems = FoundItems,
  GetX extends GetterLike<ItemOf<Found>> = GetterLike<ItemOf<Found>>,
  GetY extends GetterLike<ItemOf<Found>> = GetterLike<ItemOf<Found>>,
  Getters extends readonly Getter<ItemOf<Found>>[] = readonly Getter<ItemOf<Found>>[],
> {
  /** What the inputs and targets are. */
  blocks: B;
  /** Finds the items in the source; default: the source is the list of items. */
  getItems?: (source: Source) => Found;
  /** Takes the input (or each of the inputs) out of an item; default: the item itself. */
  getX?: GetX;
  /** Takes the target (or each of the targets) out of an item; default: the item itself. */
  getY?: GetY;
  /** One a block, in place of `getX` and `getY`. */
  getters?: Getters;
  /** Which items are for validation; default: a random fifth. */
  splitter?: SplitterLike<NoInfer<ItemOf<Found>>>;
  /** How many of the blocks are inputs; default: all but the last, at least one. */
  nInp?: N;
  /** Transforms of each item, after those of the blocks; one of the same class as a block's replaces it. */
  itemTfms?: TransformsLike;
  /** Transforms of each batch, after those of the blocks; one of the same class as a block's replaces it. */
  batchTfms?: TransformsLike;
}

/** Settings of {@link DataBlock.dataloaders}. */
export interface DataBlockLoadersOptions extends DataLoadersOptions {
  /** Say what is found (default false). */
  verbose?: boolean;
}

/**
 * Says what the data is: where items are, what of an item is input and target, which are for validation, and
 * what they go through on the way to the model.
 *
 * Source: fastai `data/block.py`, `DataBlock`.
 *
 * @typeParam B the blocks: with `[ImageBlock(), CategoryBlock()]`, `x` is a `Tensor4D` and `y` a `Tensor1D`
 * @example
 * const dls = await new DataBlock({
 *   blocks: [ImageBlock(), CategoryBlock()],
 *   getItems: getImageFiles,
 *   splitter: new GrandparentSplitter({ valid: 'val' }),
 *   getY: parentLabel,
 *   itemTfms: new Resize(128),
 * }).dataloaders(path, { bs: 64 });
 */
export class DataBlock<
  const B extends readonly TransformBlock[],
  N extends number = DefaultInputs<B>,
  // biome-ignore lint/suspicious/noExplicitAny: only `getItems` says what a source is
  In = any,
  Found extends FoundItems = FoundItems,
  GetX extends GetterLike<ItemOf<Found>> = GetterLike<ItemOf<Found>>,
  GetY extends GetterLike<ItemOf<Found>> = GetterLike<ItemOf<Found>>,
  Getters extends readonly Getter<ItemOf<Found>>[] = readonly Getter<ItemOf<Found>>[],
  Source = SourceOf<In, Found, GetX, GetY, Getters>,
> {
  readonly blocks: B;
  readonly nInp: number;
  readonly itemTfms: readonly Transform[];
  readonly batchTfms: readonly Transform[];
  private readonly getters: readonly Getter[];

  constructor(private readonly options: DataBlockOptions<B, N, In, Found, GetX, GetY, Getters>) {
    this.blocks = options.blocks;
    const uncalled = this.blocks.find((block) => typeof block === 'function') as { name: string } | undefined;
    if (uncalled) throw new ArgumentError(`A block is made by a call: write ${uncalled.name}().`);
    this.nInp = options.nInp ?? Math.max(1, this.blocks.length - 1);
    if (!(Number.isInteger(this.nInp) && this.nInp >= 1 && this.nInp <= this.blocks.length)) {
      throw new ArgumentError(
        `nInp must be how many of the ${this.blocks.length} blocks are inputs, at least 1; got ${this.nInp}.`,
      );
    }
    this.getters = this.combineGetters();
    this.itemTfms = mergeTransforms(...this.blocks.map((b) => b.itemTfms), list(options.itemTfms));
    this.batchTfms = mergeTransforms(...this.blocks.map((b) => b.batchTfms), list(options.batchTfms));
  }

  /**
   * A data block whose source is columns, the first list for the first block and so on, in place of items.
   *
   * Source: fastai `data/block.py`, `from_columns`.
   *
   * @throws ArgumentError (when the data is made) for columns of different lengths
   * @example
   * DataBlock.fromColumns({ blocks: [ImageBlock(), CategoryBlock()] }).dataloaders([files, labels]);
   */
  static fromColumns<const B extends readonly TransformBlock[], N extends number = DefaultInputs<B>>(
    options: Omit<DataBlockOptions<B, N, Columns, ColumnRows>, 'getItems'>,
  ): DataBlock<B, N, Columns, ColumnRows> {
    const getters = options.blocks.map((_, i) => ItemGetter(i));
    return new DataBlock({ getters, ...options, getItems: rowsOf });
  }

  /**
   * The same data block with other transforms of items and batches; those not given are the blocks' own.
   *
   * Source: fastai `data/block.py`, `new`, which changes the block itself.
   *
   * @example
   * const dls = await bears.new({ itemTfms: new RandomResizedCrop(128, { minScale: 0.3 }) }).dataloaders(path);
   */
  new({
    itemTfms,
    batchTfms,
  }: Pick<DataBlockOptions<B, N>, 'itemTfms' | 'batchTfms'> = {}): DataBlock<
    B,
    N,
    In,
    Found,
    GetX,
    GetY,
    Getters,
    Source
  > {
    return new DataBlock({ ...this.options, itemTfms, batchTfms });
  }

  /**
   * Finds the items, splits them, and lets the type transforms learn from those for training.
   *
   * @throws EmptySourceError when nothing is found, or nothing of it is for training
   */
  async datasets(
    source: Source,
    { verbose = false }: { verbose?: boolean } = {},
  ): Promise<Datasets<InputOf<B, N>, TargetOf<B, N>>> {
    const say = verbose ? log : () => {};
    const { getItems, splitter = new RandomSplitter() } = this.options;
    say(`Collecting items from ${describeValue(source)}`);
    // `SourceOf`: with a `getItems`, a source is what that takes.
    const items: unknown = await (getItems ? getItems(source as Source & In) : source);
    if (!Array.isArray(items)) {
      const who = getItems ? 'getItems must give' : 'Without getItems the source must be';
      throw new ArgumentError(`${who} an array of items; got ${describeValue(items)}.`);
    }
    if (items.length === 0) {
      const who = getItems
        ? `${getItems.name || 'getItems'} found no items in ${describeValue(source)}`
        : 'There are no items';
      throw new EmptySourceError(`${who}: check the source.`);
    }
    say(`Found ${items.length} items`);
    const splits = typeof splitter === 'function' ? splitter(items) : splitter.split(items);
    say(`${splits.length} datasets of sizes ${splits.map((s) => s.length).join(', ')}`);
    if (!splits[0]?.length) {
      throw new EmptySourceError(
        `The splitter takes none of the ${items.length} items for training, such as ${describeValue(items[0])}: ` +
          'check by what it tells them apart.',
      );
    }
    if (!splits[1]?.length) log(`The splitter takes none of the ${items.length} items for validation.`);
    return Datasets.build(items, { blocks: this.blocks, getters: this.getters, splits, nInp: this.nInp });
  }

  /** The data loaders of a source, ready for a `Learner`. */
  async dataloaders(
    source: Source,
    options: DataBlockLoadersOptions = {},
  ): Promise<DataLoaders<InputOf<B, N>, TargetOf<B, N>>> {
    const datasets = await this.datasets(source, options);
    return datasets.dataloaders(this.withPipelines(options));
  }

  /**
   * Data loaders that draw the training items by weights, with replacement.
   *
   * Source: fastai `callback/data.py`, `weighted_dataloaders`.
   *
   * @param wgts one an item of the source, those for validation too; `'balanced'`: such that each class comes equally
   * often
   * @throws ArgumentError for weights that are not one an item, or `'balanced'` where no target is one label an item
   * @example
   * const dls = await block.weightedDataloaders(path, 'balanced', { bs: 64 });
   */
  async weightedDataloaders(
    source: Source,
    wgts: readonly number[] | 'balanced',
    options: DataBlockLoadersOptions = {},
  ): Promise<DataLoaders<InputOf<B, N>, TargetOf<B, N>>> {
    const datasets = await this.datasets(source, options);
    if (wgts !== 'balanced' && wgts.length !== datasets.length) {
      throw new ArgumentError(
        `wgts must have a weight for each of the ${datasets.length} items; it has ${wgts.length}.`,
      );
    }
    const ofTrain = wgts === 'balanced' ? wgts : datasets.splits[0]!.map((i) => wgts[i]!);
    return datasets.weightedDataloaders(ofTrain, this.withPipelines(options));
  }

  /**
   * Data loaders each training pass of which takes `partialN` of the items, drawn anew.
   *
   * Source: fastai `callback/data.py`, `partial_dataloaders`.
   */
  async partialDataloaders(
    source: Source,
    partialN: number,
    options: DataBlockLoadersOptions = {},
  ): Promise<DataLoaders<InputOf<B, N>, TargetOf<B, N>>> {
    const datasets = await this.datasets(source, options);
    return datasets.partialDataloaders(partialN, this.withPipelines(options));
  }

  /**
   * Goes through the making of one item and one batch, saying what each step gives and, if one fails, which.
   *
   * @returns all lines
   */
  summary(source: Source, options: SummaryOptions = {}): Promise<string> {
    return summarize(this, source, options);
  }

  private withPipelines({ verbose: _, ...options }: DataBlockLoadersOptions) {
    return { ...options, afterItem: new Pipeline(this.itemTfms), afterBatch: new Pipeline(this.batchTfms) };
  }

  private combineGetters(): readonly Getter[] {
    const { getX, getY, getters } = this.options;
    const combined: Getter[] = [...(getters ?? this.blocks.map(() => itself))];
    if (combined.length !== this.blocks.length) {
      throw new ArgumentError(
        `getters has ${combined.length} functions; it must have one for each of the ${this.blocks.length} blocks.`,
      );
    }
    const place = (name: string, given: GetterLike<ItemOf<Found>> | undefined, at: number, count: number) => {
      if (given === undefined) return;
      const functions = list(given);
      if (functions.length !== count) {
        throw new ArgumentError(
          `${name} has ${functions.length} functions; it must have ${count}, one for each of its blocks.`,
        );
      }
      combined.splice(at, count, ...functions);
    };
    place('getX', getX, 0, this.nInp);
    place('getY', getY, this.nInp, this.blocks.length - this.nInp);
    return combined;
  }
}

/** One list a block. */
type Columns = readonly (readonly unknown[])[];

/** One list an item. */
type ColumnRows = readonly (readonly unknown[])[];

function rowsOf(columns: Columns): ColumnRows {
  const lengths = columns.map((column) => column.length);
  if (new Set(lengths).size > 1) {
    throw new ArgumentError(`The columns must be equally long; their lengths are ${lengths.join(', ')}.`);
  }
  return Array.from(columns[0] ?? [], (_, i) => columns.map((column) => column[i]));
}

function list<T>(oneOrMore: T | readonly T[] | undefined): readonly T[] {
  if (oneOrMore === undefined) return [];
  return Array.isArray(oneOrMore) ? oneOrMore : [oneOrMore as T];
}
