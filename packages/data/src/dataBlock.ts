import {
  ArgumentError,
  checkInteger,
  log,
  type NotInferred,
  nameOf,
  type OneOrMany,
  Pipeline,
  type Transform,
  toList,
} from '@fastts/core';
import type { DefaultInputs, InputOf, LabeledBy, TargetOf, TargetValueOf } from './blocks/blockTypes.js';
import { mergeTransforms } from './blocks/mergeTransforms.js';
import type { TransformBlock } from './blocks/transformBlock.js';
import { describeValue } from './describeValue.js';
import { EmptySourceError } from './errors.js';
import { ItemGetter, itself } from './items/getters.js';
import type { FoundItems, Getter, GetterLike, ItemFrom, ItemOf, SourceOf } from './items/itemTypes.js';
import { RandomSplitter, type SplitterLike } from './items/splitters.js';
import type { DataLoaders } from './loading/dataLoaders.js';
import { type DataLoadersOptions, Datasets } from './loading/datasets.js';
import { readableItems } from './loading/readableItems.js';
import { type SummaryOptions, summarize } from './summary.js';

/** One transform or several. */
export type TransformsLike = OneOrMany<Transform>;

/**
 * Settings of a {@link DataBlock}.
 *
 * The type of the items is what `getItems` returns, and the getters and the splitter must accept it. Without `getItems`
 * it is inferred from the getters.
 */
export interface DataBlockOptions<
  B extends readonly TransformBlock[],
  N extends number,
  // biome-ignore lint/suspicious/noExplicitAny: only `getItems` determines the type of a source
  Source = any,
  Found extends FoundItems = FoundItems,
  GetX extends GetterLike<ItemOf<Found>> = GetterLike<ItemOf<Found>>,
  GetY extends GetterLike<ItemOf<Found>> = GetterLike<ItemOf<Found>>,
  Getters extends readonly Getter<ItemOf<Found>>[] = readonly Getter<ItemOf<Found>>[],
> {
  /** One block per input and target. */
  blocks: B;
  /** Finds the items of a source (default: the source is the list of items). */
  getItems?: (source: Source) => Found;
  /** Gets the input of an item, or one function per input (default: the item itself). */
  getX?: GetX;
  /** Gets the target of an item, or one function per target (default: the item itself). */
  getY?: GetY;
  /** One function per block, in place of `getX` and `getY`. */
  getters?: Getters;
  /** Splits the items into training and validation sets (default: a random 20% for validation). */
  splitter?: SplitterLike<NotInferred<ItemOf<Found>>>;
  /** Number of blocks that are inputs (default: all but the last, at least one). */
  nInp?: N;
  /** Transforms of each item, after the blocks' own; one of the same class as a block's replaces it. */
  itemTfms?: TransformsLike;
  /** Transforms of each batch, after the blocks' own; one of the same class as a block's replaces it. */
  batchTfms?: TransformsLike;
}

/** Settings of {@link DataBlock.dataloaders}. */
export interface DataBlockLoadersOptions extends DataLoadersOptions {
  /** Whether to log what is found (default false). */
  verbose?: boolean;
  /**
   * Whether to load all items once before, and leave out those that cannot be loaded (default false). Everything, such as
   * a random split, is then bit by bit as without them; it takes as long as loading one epoch.
   */
  verify?: boolean;
}

/**
 * Describes a data set: where its items are, how to get inputs and targets from them, which items are for validation, and
 * which transforms are applied.
 *
 * Source: fastai `data/block.py`, `DataBlock`.
 *
 * @typeParam B The blocks: with `[ImageBlock(), CategoryBlock()]`, `x` is a `Tensor4D` and `y` a `Tensor1D`.
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
  // biome-ignore lint/suspicious/noExplicitAny: only `getItems` determines the type of a source
  In = any,
  Found extends FoundItems = FoundItems,
  GetX extends GetterLike<ItemOf<Found>> = GetterLike<ItemOf<Found>>,
  const GetY extends GetterLike<ItemOf<Found>> = GetterLike<ItemOf<Found>>,
  const Getters extends readonly Getter<ItemOf<Found>>[] = readonly Getter<ItemOf<Found>>[],
  Source = SourceOf<In, Found, GetX, GetY, Getters>,
> {
  readonly blocks: B;
  readonly nInp: number;
  readonly itemTfms: readonly Transform[];
  readonly batchTfms: readonly Transform[];
  private readonly getters: readonly Getter[];

  constructor(private readonly options: DataBlockOptions<B, N, In, Found, GetX, GetY, Getters>) {
    this.blocks = options.blocks;
    const uncalled = this.blocks.find((block) => typeof block === 'function');
    if (uncalled) throw new ArgumentError(`A block must be called: write ${nameOf(uncalled)}().`);
    this.nInp = options.nInp ?? Math.max(1, this.blocks.length - 1);
    checkInteger('nInp', this.nInp, { min: 1, max: this.blocks.length });
    this.getters = this.combineGetters();
    this.itemTfms = mergeTransforms(...this.blocks.map((b) => b.itemTfms), toList(options.itemTfms));
    this.batchTfms = mergeTransforms(...this.blocks.map((b) => b.batchTfms), toList(options.batchTfms));
  }

  /**
   * A data block whose source is a list of columns, one per block, rather than items.
   *
   * Source: fastai `data/block.py`, `from_columns`.
   *
   * @throws ArgumentError (when the data is loaded) when the columns differ in length.
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
   * A copy of the data block with other item and batch transforms; those not given are reset to the blocks' own.
   *
   * Source: fastai `data/block.py`, `new`, which modifies the block itself.
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
   * Finds the items, splits them, and sets up the type transforms on the training items.
   *
   * @throws EmptySourceError when no items are found, or none is for training.
   */
  async datasets<S extends Source>(
    source: S,
    { verbose = false }: { verbose?: boolean } = {},
  ): Promise<Datasets<InputOf<B, N>, TargetOf<B, N>, DecodedBy<B, N, GetY, Getters>, ItemFrom<S, Found>>> {
    return this.datasetsOf(await this.find(source, verbose), verbose);
  }

  private async find<S extends Source>(source: S, verbose: boolean): Promise<ItemFrom<S, Found>[]> {
    const { getItems } = this.options;
    if (verbose) log(`Collecting items from ${describeValue(source)}`);
    // `SourceOf`: with `getItems`, a source has the type of its parameter.
    const items: unknown = await (getItems ? getItems(source as S & In) : source);
    if (!Array.isArray(items)) {
      const who = getItems ? 'getItems must return' : 'Without getItems the source must be';
      throw new ArgumentError(`${who} an array of items, got ${describeValue(items)}.`);
    }
    if (items.length === 0) {
      const who = getItems
        ? `${nameOf(getItems) || 'getItems'} found no items in ${describeValue(source)}`
        : 'The source has no items';
      throw new EmptySourceError(`${who}: check the source.`);
    }
    if (verbose) log(`Found ${items.length} items`);
    return items;
  }

  private async datasetsOf<Item extends ItemOf<Found>>(items: readonly Item[], verbose: boolean) {
    const { splitter = new RandomSplitter() } = this.options;
    const splits = typeof splitter === 'function' ? splitter(items) : splitter.split(items);
    if (verbose) log(`${splits.length} datasets of sizes ${splits.map((s) => s.length).join(', ')}`);
    if (!splits[0]?.length) {
      throw new EmptySourceError(
        `The splitter assigns none of the ${items.length} items to training; the first one is ${describeValue(items[0])}: ` +
          'check its arguments.',
      );
    }
    if (!splits[1]?.length) log(`The splitter assigns none of the ${items.length} items to validation.`);
    return Datasets.build<B, N, Item, DecodedBy<B, N, GetY, Getters>>(items, {
      blocks: this.blocks,
      getters: this.getters,
      splits,
      nInp: this.options.nInp,
    });
  }

  /** The data loaders of a source, for a `Learner`. */
  async dataloaders<S extends Source>(
    source: S,
    options: DataBlockLoadersOptions = {},
  ): Promise<DataLoaders<InputOf<B, N>, TargetOf<B, N>, DecodedBy<B, N, GetY, Getters>, ItemFrom<S, Found>>> {
    const { datasets } = await this.verifiedDatasets(source, options);
    return datasets.dataloaders(this.withPipelines(options));
  }

  /**
   * Data loaders whose training loader samples items by weight, with replacement.
   *
   * Source: fastai `callback/data.py`, `weighted_dataloaders`.
   *
   * @param wgts One weight per item of the source, including validation items; or `'balanced'`, so that all classes are
   *   equally frequent.
   * @throws ArgumentError when there is not one weight per item, or for `'balanced'` without a target of one label per item.
   * @example
   * const dls = await block.weightedDataloaders(path, 'balanced', { bs: 64 });
   */
  async weightedDataloaders<S extends Source>(
    source: S,
    wgts: readonly number[] | 'balanced',
    options: DataBlockLoadersOptions = {},
  ): Promise<DataLoaders<InputOf<B, N>, TargetOf<B, N>, DecodedBy<B, N, GetY, Getters>, ItemFrom<S, Found>>> {
    const { datasets, indices, found } = await this.verifiedDatasets(source, options);
    if (wgts !== 'balanced' && wgts.length !== found) {
      throw new ArgumentError(`wgts must have one weight per item (${found}), got ${wgts.length}.`);
    }
    const ofTrain = wgts === 'balanced' ? wgts : datasets.splits[0]!.map((i) => wgts[indices[i]!]!);
    return datasets.weightedDataloaders(ofTrain, this.withPipelines(options));
  }

  /**
   * Data loaders whose training loader samples `partialN` of the items in each epoch.
   *
   * Source: fastai `callback/data.py`, `partial_dataloaders`.
   */
  async partialDataloaders<S extends Source>(
    source: S,
    partialN: number,
    options: DataBlockLoadersOptions = {},
  ): Promise<DataLoaders<InputOf<B, N>, TargetOf<B, N>, DecodedBy<B, N, GetY, Getters>, ItemFrom<S, Found>>> {
    const { datasets } = await this.verifiedDatasets(source, options);
    return datasets.partialDataloaders(partialN, this.withPipelines(options));
  }

  /**
   * Builds one sample and one batch step by step, and logs the result of each step, or which step failed.
   *
   * @returns All lines that were logged.
   */
  summary(source: Source, options: SummaryOptions = {}): Promise<string> {
    return summarize(this, source, options);
  }

  /** The data sets, with the indices of their items among those found. */
  private async verifiedDatasets<S extends Source>(
    source: S,
    { verbose = false, verify = false, strict = false, maxSkipped = 0.5 }: DataBlockLoadersOptions,
  ) {
    const items = await this.find(source, verbose);
    const { blocks, getters } = this;
    const indices = verify
      ? await readableItems(
          await Datasets.build(items, { blocks, getters, nInp: this.options.nInp }),
          new Pipeline(this.itemTfms),
          { strict, maxSkipped },
        )
      : [...items.keys()];
    const datasets = await this.datasetsOf(
      indices.map((i) => items[i]!),
      verbose,
    );
    return { datasets, indices, found: items.length };
  }

  private withPipelines({ verbose: _, verify: __, ...options }: DataBlockLoadersOptions) {
    return { ...options, afterItem: new Pipeline(this.itemTfms), afterBatch: new Pipeline(this.batchTfms) };
  }

  private combineGetters(): readonly Getter[] {
    const { getX, getY, getters } = this.options;
    const combined: Getter[] = [...(getters ?? this.blocks.map(() => itself))];
    if (combined.length !== this.blocks.length) {
      throw new ArgumentError(
        `getters must have one function per block (${this.blocks.length}), got ${combined.length}.`,
      );
    }
    const place = (name: string, given: GetterLike<ItemOf<Found>> | undefined, at: number, count: number) => {
      if (given === undefined) return;
      const functions = toList(given);
      if (functions.length !== count) {
        throw new ArgumentError(
          `${name} must have one function per block (${count}), got ${functions.length}.`,
        );
      }
      combined.splice(at, count, ...functions);
    };
    place('getX', getX, 0, this.nInp);
    place('getY', getY, this.nInp, this.blocks.length - this.nInp);
    return combined;
  }
}

/** The type of decoded targets. */
type DecodedBy<B extends readonly TransformBlock[], N extends number, GetY, Getters> = LabeledBy<
  TargetValueOf<B, N>,
  GetY,
  Getters
>;

/** One list per block. */
type Columns = readonly (readonly unknown[])[];

/** One list per item. */
type ColumnRows = readonly (readonly unknown[])[];

function rowsOf(columns: Columns): ColumnRows {
  const lengths = columns.map((column) => column.length);
  if (new Set(lengths).size > 1) {
    throw new ArgumentError(`The columns must have equal lengths, got ${lengths.join(', ')}.`);
  }
  return Array.from(columns[0] ?? [], (_, i) => columns.map((column) => column[i]));
}
