import { basename, join, sep } from 'node:path';
import {
  CategoryBlock,
  ColReader,
  ColSplitter,
  type Column,
  DataBlock,
  type DataBlockLoadersOptions,
  type DataBlockOptions,
  DataLoaders,
  EmptySourceError,
  GrandparentSplitter,
  type Label,
  MultiCategoryBlock,
  parentLabel,
  RandomSplitter,
  type ReadCsvOptions,
  RegexLabeller,
  RegressionBlock,
  readCsv,
  type TransformBlock,
  type TransformsLike,
} from '@fastts/data';
import type * as tf from '@tensorflow/tfjs';
import { getImageFiles } from './image/imageFiles.js';
import type { ColourMode } from './image/lazyImage.js';
import { ImageBlock } from './imageBlock.js';

/** What all ways of making {@link ImageDataLoaders} may be told. */
export interface ImageDataLoadersOptions extends Omit<DataBlockLoadersOptions, 'path'> {
  /** Transforms of each picture, such as `new Resize(224)`. */
  itemTfms?: TransformsLike;
  /** Transforms of each batch, such as `augTransforms()`. */
  batchTfms?: TransformsLike;
  /** Channels of the pictures: `'rgb'` (default) three, `'grey'` one. */
  mode?: ColourMode;
}

/** Settings of the ways that split at random. */
export interface RandomSplitOptions extends ImageDataLoadersOptions {
  /** Share of the pictures for validation, 0 to 1 (default 0.2). */
  validPct?: number;
  /** Gives the same split each time (default: drawn from the stream of `setSeed`). */
  seed?: number;
}

/** Settings of {@link ImageDataLoaders.fromFolder}. */
export interface FromFolderOptions extends ImageDataLoadersOptions {
  /** The folder of the training pictures (default `'train'`). */
  train?: string;
  /** The folder of the pictures for validation (default `'valid'`). */
  valid?: string;
  /** Share of the pictures for validation, in place of the two folders: all folders' pictures are split at random. */
  validPct?: number;
  /** With `validPct`: gives the same split each time (default: drawn from the stream of `setSeed`). */
  seed?: number;
  /** The classes there are (default: those of the training pictures). */
  vocab?: readonly Label[];
}

/** Settings of {@link ImageDataLoaders.fromRows}. */
export interface FromRowsOptions extends RandomSplitOptions {
  /** The folder that the pictures' paths begin in, and where a `Learner` saves (default the working folder). */
  path?: string;
  /** The column of the pictures' paths (default 0, the first). */
  fnCol?: Column;
  /** The folder within `path` that the pictures' paths begin in. */
  folder?: string;
  /** What to put after a picture's path, such as `'.jpg'`. */
  suff?: string;
  /** The column of the label (default 1, the second), or the columns of several labels. */
  labelCol?: Column | readonly Column[];
  /** What stands between labels in the column of labels, of which an item then has any number. */
  labelDelim?: string;
  /** What the target is (default `MultiCategoryBlock` for several labels, else `CategoryBlock`). */
  yBlock?: TransformBlock;
  /** A column that is true for pictures for validation, in place of a random split. */
  validCol?: Column;
}

/** Settings of {@link ImageDataLoaders.fromCsv}. */
export interface FromCsvOptions extends Omit<FromRowsOptions, 'path'>, ReadCsvOptions {
  /** The file within `path` (default `'labels.csv'`). */
  csvFname?: string;
}

/** What says that items have several labels. */
type SeveralLabels = { labelDelim: string } | { labelCol: readonly [Column, Column, ...Column[]] };

/** What leaves it at one label an item. */
type OneLabel = { labelDelim?: undefined; labelCol?: Column | readonly [Column]; yBlock?: undefined };

/**
 * Data loaders of pictures, with ways of making them for the usual places in which labels are. What they make can be
 * made with a `DataBlock` too, which can do more.
 *
 * Source: fastai `vision/data.py`, `ImageDataLoaders`.
 *
 * @typeParam Y the target tensor: `Tensor1D` for one label or number an item, `Tensor2D` for several
 */
export class ImageDataLoaders<Y = tf.Tensor1D> extends DataLoaders<tf.Tensor4D, Y> {
  /**
   * Pictures in class folders within a folder for training and one for validation, as ImageNet has them.
   *
   * @param path the folder that has the two
   * @throws EmptySourceError when one of them is not there or has no pictures
   * @example
   * const dls = await ImageDataLoaders.fromFolder(path, { valid: 'val', itemTfms: new Resize(224) });
   */
  static fromFolder(
    path: string,
    { train = 'train', valid = 'valid', validPct, seed, vocab, ...options }: FromFolderOptions = {},
  ): Promise<ImageDataLoaders> {
    const split =
      validPct === undefined
        ? {
            getItems: (root: string) => imagesIn(root, [train, valid]),
            splitter: new GrandparentSplitter({ train, valid }),
          }
        : {
            getItems: (root: string) => getImageFiles(root),
            splitter: new RandomSplitter(validPct, { seed }),
          };
    return make(CategoryBlock({ vocab }), path, { ...options, path }, { ...split, getY: parentLabel });
  }

  /**
   * Files, each labelled by a function of its path.
   *
   * @param path where a `Learner` saves
   * @param fnames the files
   * @example
   * const dls = await ImageDataLoaders.fromPathFunc(path, getImageFiles(path), parentLabel, { itemTfms: new Resize(224) });
   */
  static fromPathFunc(
    path: string,
    fnames: readonly string[],
    labelFunc: (path: string) => Label,
    { validPct, seed, ...options }: RandomSplitOptions = {},
  ): Promise<ImageDataLoaders> {
    const splitter = new RandomSplitter(validPct, { seed });
    return make(CategoryBlock(), fnames, { ...options, path }, { splitter, getY: labelFunc });
  }

  /**
   * Files, each labelled by a function of its name without folders.
   *
   * @param path where a `Learner` saves
   * @param fnames the files
   * @example
   * // In the Oxford pets, the names of cats' pictures begin with a capital.
   * const isCat = (name: string) => name[0] === name[0]!.toUpperCase();
   * const dls = await ImageDataLoaders.fromNameFunc(path, getImageFiles(path), isCat, { itemTfms: new Resize(224) });
   */
  static fromNameFunc(
    path: string,
    fnames: readonly string[],
    labelFunc: (name: string) => Label,
    options: RandomSplitOptions = {},
  ): Promise<ImageDataLoaders> {
    return ImageDataLoaders.fromPathFunc(path, fnames, (file) => labelFunc(basename(file)), options);
  }

  /**
   * Files, each labelled by the first group of a regular expression in its path, with `/` between folders.
   *
   * @param path where a `Learner` saves
   * @param fnames the files
   * @throws LabelError for a file that does not match
   */
  static fromPathRe(
    path: string,
    fnames: readonly string[],
    pat: RegExp | string,
    options: RandomSplitOptions = {},
  ): Promise<ImageDataLoaders> {
    return ImageDataLoaders.fromPathFunc(path, fnames, RegexLabeller(pat), options);
  }

  /**
   * Files, each labelled by the first group of a regular expression in its name without folders.
   *
   * @param path where a `Learner` saves
   * @param fnames the files
   * @throws LabelError for a file that does not match
   * @example
   * const dls = await ImageDataLoaders.fromNameRe(path, getImageFiles(path), /(.+)_\d+.jpg$/, { itemTfms: new Resize(460) });
   */
  static fromNameRe(
    path: string,
    fnames: readonly string[],
    pat: RegExp | string,
    options: RandomSplitOptions = {},
  ): Promise<ImageDataLoaders> {
    return ImageDataLoaders.fromNameFunc(path, fnames, RegexLabeller(pat), options);
  }

  /**
   * Rows of a table with the pictures' paths and their labels. In place of fastai's `from_df`.
   *
   * @throws ArgumentError for a column that there is not
   * @example
   * const dls = await ImageDataLoaders.fromRows(rows, { path, folder: 'train', labelDelim: ' ', validCol: 'is_valid' });
   */
  static fromRows<Y extends tf.Tensor>(
    rows: readonly object[],
    options: FromRowsOptions & { yBlock: TransformBlock<Y> },
  ): Promise<ImageDataLoaders<Y>>;
  static fromRows(
    rows: readonly object[],
    options: FromRowsOptions & SeveralLabels,
  ): Promise<ImageDataLoaders<tf.Tensor2D>>;
  static fromRows(rows: readonly object[], options?: FromRowsOptions & OneLabel): Promise<ImageDataLoaders>;
  static fromRows(
    rows: readonly object[] & { readonly columns?: readonly string[] },
    options: FromRowsOptions = {},
  ): Promise<ImageDataLoaders<tf.Tensor>> {
    const { fnCol = 0, folder = '', suff, labelCol = 1, labelDelim, yBlock, validCol, ...others } = options;
    const { path = '.', validPct, seed, ...rest } = others;
    // The table knows the order of its columns even where they are named by numbers, which JavaScript reorders.
    const named = (col: Column) => (typeof col === 'number' && rows.columns?.at(col)) || col;
    const labelCols = [labelCol].flat().map(named);
    const several = labelDelim !== undefined || labelCols.length > 1;
    return make<tf.Tensor>(
      yBlock ?? (several ? MultiCategoryBlock() : CategoryBlock()),
      rows,
      { ...rest, path },
      {
        getX: ColReader(named(fnCol), { pref: `${join(path, folder)}${sep}`, suff }),
        getY: ColReader(labelCols, { labelDelim }),
        splitter:
          validCol === undefined ? new RandomSplitter(validPct, { seed }) : new ColSplitter(named(validCol)),
      },
    );
  }

  /**
   * A CSV file with the pictures' paths and their labels: what `readCsv` reads, in {@link ImageDataLoaders.fromRows}.
   *
   * @param path the folder that has the file, and in which the pictures' paths begin
   * @throws DataError for a file that cannot be read
   * @throws ArgumentError for a column that there is not
   * @example
   * const dls = await ImageDataLoaders.fromCsv(path, { folder: 'train', labelDelim: ' ', itemTfms: new Resize(224) });
   */
  static fromCsv<Y extends tf.Tensor>(
    path: string,
    options: FromCsvOptions & { yBlock: TransformBlock<Y> },
  ): Promise<ImageDataLoaders<Y>>;
  static fromCsv(
    path: string,
    options: FromCsvOptions & SeveralLabels,
  ): Promise<ImageDataLoaders<tf.Tensor2D>>;
  static fromCsv(path: string, options?: FromCsvOptions & OneLabel): Promise<ImageDataLoaders>;
  static async fromCsv(
    path: string,
    { csvFname = 'labels.csv', header, delimiter, quote, ...options }: FromCsvOptions = {},
  ): Promise<ImageDataLoaders<tf.Tensor>> {
    const rows = await readCsv(join(path, csvFname), { header, delimiter, quote });
    return ImageDataLoaders.fromRows(rows, { ...options, path } as FromRowsOptions & SeveralLabels);
  }

  /**
   * Files and their labels, in two lists of the same order. Lists of labels make a target of several labels, numbers
   * that are not all whole a regression, all else a class an item, unless `yBlock` says what they are.
   *
   * @param path where a `Learner` saves
   * @throws ArgumentError for lists of different lengths
   * @example
   * const dls = await ImageDataLoaders.fromLists(path, files, ages, { yBlock: RegressionBlock(), itemTfms: new Resize(224) });
   */
  static fromLists<Y extends tf.Tensor>(
    path: string,
    fnames: readonly string[],
    labels: readonly unknown[],
    options: RandomSplitOptions & { yBlock: TransformBlock<Y> },
  ): Promise<ImageDataLoaders<Y>>;
  static fromLists(
    path: string,
    fnames: readonly string[],
    labels: readonly (readonly Label[])[],
    options?: RandomSplitOptions,
  ): Promise<ImageDataLoaders<tf.Tensor2D>>;
  static fromLists(
    path: string,
    fnames: readonly string[],
    labels: readonly Label[],
    options?: RandomSplitOptions,
  ): Promise<ImageDataLoaders>;
  static async fromLists(
    path: string,
    fnames: readonly string[],
    labels: readonly unknown[],
    {
      validPct,
      seed,
      yBlock,
      mode,
      itemTfms,
      batchTfms,
      ...options
    }: RandomSplitOptions & {
      yBlock?: TransformBlock;
    } = {},
  ): Promise<ImageDataLoaders<tf.Tensor>> {
    const block = DataBlock.fromColumns({
      blocks: [ImageBlock({ mode }), yBlock ?? targetOf(labels)],
      splitter: new RandomSplitter(validPct, { seed }),
      itemTfms,
      batchTfms,
    });
    const dls = await block.dataloaders([fnames, labels], { ...options, path });
    return new ImageDataLoaders<tf.Tensor>(dls.loaders, dls);
  }
}

/** Loaders of a block of pictures and targets. */
async function make<Y extends tf.Tensor>(
  target: TransformBlock<Y>,
  source: unknown,
  { mode, itemTfms, batchTfms, ...options }: ImageDataLoadersOptions & { path: string },
  // biome-ignore lint/suspicious/noExplicitAny: the getters and the source know what the items are
  rest: Pick<DataBlockOptions<any, any, any, any>, 'getItems' | 'getX' | 'getY' | 'splitter'>,
): Promise<ImageDataLoaders<Y>> {
  const block = new DataBlock({ blocks: [ImageBlock({ mode }), target], itemTfms, batchTfms, ...rest });
  const { loaders, path } = await block.dataloaders(source, options);
  return new ImageDataLoaders(loaders, { path }) as ImageDataLoaders<Y>;
}

function imagesIn(path: string, folders: readonly string[]): string[] {
  return folders.flatMap((folder) => {
    try {
      return getImageFiles(join(path, folder));
    } catch (error) {
      throw new EmptySourceError(
        `${(error as Error).message} Or name the folders by train and valid, or give validPct to split at random.`,
        { cause: error },
      );
    }
  });
}

function targetOf(labels: readonly unknown[]): TransformBlock {
  if (Array.isArray(labels[0])) return MultiCategoryBlock();
  const isRegression = labels.every((label) => typeof label === 'number') && !labels.every(Number.isInteger);
  return isRegression ? RegressionBlock() : CategoryBlock();
}
