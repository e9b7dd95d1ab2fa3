import { node, toList } from '@fastts/core';
import {
  CategoryBlock,
  ColReader,
  ColSplitter,
  type Column,
  DataBlock,
  type DataBlockOptions,
  DataLoaders,
  EmptySourceError,
  GrandparentSplitter,
  type Label,
  MultiCategoryBlock,
  parentLabel,
  RandomSplitter,
  RegexLabeller,
  RegressionBlock,
  type Row,
  readCsv,
  type TransformBlock,
  type Widened,
} from '@fastts/data';
import type * as tf from '@tensorflow/tfjs-core';
import { ImageBlock } from '../blocks/imageBlock.js';
import { getImageFiles } from '../files/imageFiles.js';
import type {
  FromCsvOptions,
  FromFolderOptions,
  FromRowsOptions,
  ImageDataLoadersOptions,
  OneLabel,
  RandomSplitOptions,
  SeveralLabels,
} from './imageDataLoadersOptions.js';

/**
 * Data loaders of images, with a factory for each common way in which labels are stored. Each is a shorter form of a
 * `DataBlock`, which has more options.
 *
 * Source: fastai `vision/data.py`, `ImageDataLoaders`.
 *
 * @typeParam Y The target tensor: `Tensor1D` for one label or number per item, `Tensor2D` for several.
 * @typeParam V The type of decoded targets: a label, a list of them, or a number.
 * @typeParam Item The type of the items: a path, or a row of a table.
 */
export class ImageDataLoaders<Y = tf.Tensor1D, V = string, Item = unknown> extends DataLoaders<
  tf.Tensor4D,
  Y,
  V,
  Item
> {
  /**
   * Images in one subfolder per class, within a folder for training and one for validation, as in ImageNet.
   *
   * @param path The parent of the two folders.
   * @throws EmptySourceError when one of them does not exist or contains no images.
   * @example
   * const dls = await ImageDataLoaders.fromFolder(path, { valid: 'val', itemTfms: new Resize(224) });
   */
  static fromFolder(
    path: string,
    { train = 'train', valid = 'valid', validPct, seed, vocab, ...options }: FromFolderOptions = {},
  ): Promise<ImageDataLoaders<tf.Tensor1D, string, string>> {
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
    return make(
      CategoryBlock({ vocab: vocab?.map(String) }),
      path,
      { ...options, path },
      { ...split, getY: parentLabel },
    );
  }

  /**
   * Image files, each labeled by a function of its path.
   *
   * @param path The folder in which a `Learner` saves.
   * @param fnames The image files.
   * @example
   * const dls = await ImageDataLoaders.fromPathFunc(path, getImageFiles(path), parentLabel, { itemTfms: new Resize(224) });
   */
  static fromPathFunc<L extends Label>(
    path: string,
    fnames: readonly string[],
    labelFunc: (path: string) => L,
    { validPct, seed, ...options }: RandomSplitOptions = {},
  ): Promise<ImageDataLoaders<tf.Tensor1D, Widened<L>, string>> {
    const splitter = new RandomSplitter(validPct, { seed });
    return make(CategoryBlock<L>(), fnames, { ...options, path }, { splitter, getY: labelFunc });
  }

  /**
   * Image files, each labeled by a function of its name without folders.
   *
   * @param path The folder in which a `Learner` saves.
   * @param fnames The image files.
   * @example
   * // In the Oxford pets data set, file names of cats begin with a capital letter.
   * const isCat = (name: string) => name[0] === name[0]!.toUpperCase();
   * const dls = await ImageDataLoaders.fromNameFunc(path, getImageFiles(path), isCat, { itemTfms: new Resize(224) });
   */
  static fromNameFunc<L extends Label>(
    path: string,
    fnames: readonly string[],
    labelFunc: (name: string) => L,
    options: RandomSplitOptions = {},
  ): Promise<ImageDataLoaders<tf.Tensor1D, Widened<L>, string>> {
    return ImageDataLoaders.fromPathFunc(
      path,
      fnames,
      (file) => labelFunc(node.path.basename(file)),
      options,
    );
  }

  /**
   * Image files, each labeled by the first group of a regular expression that is matched against its path, with `/`
   * between folders.
   *
   * @param path The folder in which a `Learner` saves.
   * @param fnames The image files.
   * @throws LabelError when a file does not match.
   */
  static fromPathRe(
    path: string,
    fnames: readonly string[],
    pat: RegExp | string,
    options: RandomSplitOptions = {},
  ): Promise<ImageDataLoaders<tf.Tensor1D, string, string>> {
    return ImageDataLoaders.fromPathFunc(path, fnames, RegexLabeller(pat), options);
  }

  /**
   * Image files, each labeled by the first group of a regular expression that is matched against its name without
   * folders.
   *
   * @param path The folder in which a `Learner` saves.
   * @param fnames The image files.
   * @throws LabelError when a file does not match.
   * @example
   * const dls = await ImageDataLoaders.fromNameRe(path, getImageFiles(path), /(.+)_\d+.jpg$/, { itemTfms: new Resize(460) });
   */
  static fromNameRe(
    path: string,
    fnames: readonly string[],
    pat: RegExp | string,
    options: RandomSplitOptions = {},
  ): Promise<ImageDataLoaders<tf.Tensor1D, string, string>> {
    return ImageDataLoaders.fromNameFunc(path, fnames, RegexLabeller(pat), options);
  }

  /**
   * Rows of a table with the images' paths and labels. Corresponds to fastai's `from_df`.
   *
   * @throws ArgumentError when a column does not exist.
   * @example
   * const dls = await ImageDataLoaders.fromRows(rows, { path, folder: 'train', labelDelim: ' ', validCol: 'is_valid' });
   */
  static fromRows<R extends object, Y extends tf.Tensor, V>(
    rows: readonly R[],
    options: FromRowsOptions<R> & { yBlock: TransformBlock<Y, V> },
  ): Promise<ImageDataLoaders<Y, V, R>>;
  static fromRows<R extends object>(
    rows: readonly R[],
    options: FromRowsOptions<R> & { labelDelim: string },
  ): Promise<ImageDataLoaders<tf.Tensor2D, string[], R>>;
  static fromRows<R extends object>(
    rows: readonly R[],
    options: FromRowsOptions<R> & SeveralLabels<R>,
  ): Promise<ImageDataLoaders<tf.Tensor2D, Label[], R>>;
  static fromRows<R extends object>(
    rows: readonly R[],
    options?: FromRowsOptions<R> & OneLabel<R>,
  ): Promise<ImageDataLoaders<tf.Tensor1D, Label, R>>;
  static fromRows<R extends object>(
    rows: readonly R[],
    options: FromRowsOptions<R>,
  ): Promise<ImageDataLoaders<tf.Tensor, unknown, R>>;
  static fromRows(rows: Table, options: FromRowsOptions = {}): Promise<ImageDataLoaders<tf.Tensor, unknown>> {
    return makeOfTable(rows, options);
  }

  /**
   * A CSV file with the images' paths and labels: {@link ImageDataLoaders.fromRows} of the rows that `readCsv` returns.
   *
   * @param path The folder that contains the file, to which the images' paths are relative.
   * @throws DataError when the file cannot be read.
   * @throws EmptySourceError when the file has no rows.
   * @throws ArgumentError when a column does not exist.
   * @example
   * const dls = await ImageDataLoaders.fromCsv(path, { folder: 'train', labelDelim: ' ', itemTfms: new Resize(224) });
   */
  static fromCsv<Y extends tf.Tensor, V>(
    path: string,
    options: FromCsvOptions & { yBlock: TransformBlock<Y, V> },
  ): Promise<ImageDataLoaders<Y, V, Row>>;
  static fromCsv(
    path: string,
    options: FromCsvOptions & { labelDelim: string },
  ): Promise<ImageDataLoaders<tf.Tensor2D, string[], Row>>;
  static fromCsv(
    path: string,
    options: FromCsvOptions & SeveralLabels,
  ): Promise<ImageDataLoaders<tf.Tensor2D, Label[], Row>>;
  static fromCsv(
    path: string,
    options?: FromCsvOptions & OneLabel,
  ): Promise<ImageDataLoaders<tf.Tensor1D, Label, Row>>;
  static fromCsv(path: string, options: FromCsvOptions): Promise<ImageDataLoaders<tf.Tensor, unknown, Row>>;
  static async fromCsv(
    path: string,
    { csvFname = 'labels.csv', header, delimiter, quote, encoding, ...options }: FromCsvOptions = {},
  ): Promise<ImageDataLoaders<tf.Tensor, unknown>> {
    const file = node.path.join(path, csvFname);
    const rows = await readCsv(file, { header, delimiter, quote, encoding });
    if (rows.length === 0)
      throw new EmptySourceError(`${file} has no rows below its header: check the file.`);
    return makeOfTable(rows, { ...options, path });
  }

  /**
   * Image files and their labels, as two lists in the same order. Unless `yBlock` is given, lists of labels are
   * targets of several labels, numbers that are not all integers are regression targets, and anything else is one
   * class per item.
   *
   * @param path The folder in which a `Learner` saves.
   * @throws ArgumentError when the lists differ in length.
   * @example
   * const dls = await ImageDataLoaders.fromLists(path, files, ages, { yBlock: RegressionBlock(), itemTfms: new Resize(224) });
   */
  static fromLists<Y extends tf.Tensor, V>(
    path: string,
    fnames: readonly string[],
    labels: readonly unknown[],
    options: RandomSplitOptions & { yBlock: TransformBlock<Y, V> },
  ): Promise<ImageDataLoaders<Y, V>>;
  static fromLists<L extends Label>(
    path: string,
    fnames: readonly string[],
    labels: readonly (readonly L[])[],
    options?: RandomSplitOptions,
  ): Promise<ImageDataLoaders<tf.Tensor2D, Widened<L>[]>>;
  static fromLists<L extends Label>(
    path: string,
    fnames: readonly string[],
    labels: readonly L[],
    options?: RandomSplitOptions,
  ): Promise<ImageDataLoaders<tf.Tensor1D, Widened<L>>>;
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
  ): Promise<ImageDataLoaders<tf.Tensor, unknown>> {
    const block = DataBlock.fromColumns({
      blocks: [ImageBlock({ mode }), yBlock ?? targetOf(labels)],
      splitter: new RandomSplitter(validPct, { seed }),
      itemTfms,
      batchTfms,
    });
    const { loaders } = await block.dataloaders([fnames, labels], options);
    return new ImageDataLoaders<tf.Tensor, unknown>(loaders, { path });
  }
}

/** The data loaders of a data block of images and targets. */
async function make<Y extends tf.Tensor, V, Item>(
  target: TransformBlock<Y, V>,
  source: unknown,
  { path, mode, itemTfms, batchTfms, ...options }: ImageDataLoadersOptions & { path: string },
  // biome-ignore lint/suspicious/noExplicitAny: the getters and the source know what the items are
  rest: Pick<DataBlockOptions<any, any, any, any>, 'getItems' | 'getX' | 'getY' | 'splitter'>,
): Promise<ImageDataLoaders<Y, V, Item>> {
  const block = new DataBlock({ blocks: [ImageBlock({ mode }), target], itemTfms, batchTfms, ...rest });
  const { loaders } = await block.dataloaders(source, options);
  return new ImageDataLoaders(loaders, { path }) as ImageDataLoaders<Y, V, Item>;
}

/** Rows, with the column names in the table's order, if known. */
type Table = readonly object[] & { readonly columns?: readonly string[] };

function makeOfTable(rows: Table, options: FromRowsOptions): Promise<ImageDataLoaders<tf.Tensor, unknown>> {
  const { fnCol = 0, folder = '', suff, labelCol = 1, labelDelim, yBlock, validCol, ...others } = options;
  const { path = '.', validPct, seed, ...rest } = others;
  // JavaScript objects list integer-like keys first, whatever their order in the table.
  const named = (col: Column) => (typeof col === 'number' && rows.columns?.at(col)) || col;
  const labelCols = toList(labelCol).map(named);
  const several = labelDelim !== undefined || labelCols.length > 1;
  return make(
    yBlock ?? (several ? MultiCategoryBlock() : CategoryBlock()),
    rows,
    { ...rest, path },
    {
      getX: ColReader(named(fnCol), { pref: `${node.path.join(path, folder)}${node.path.sep}`, suff }),
      getY: ColReader(labelCols, { labelDelim }),
      splitter:
        validCol === undefined ? new RandomSplitter(validPct, { seed }) : new ColSplitter(named(validCol)),
    },
  );
}

function imagesIn(path: string, folders: readonly string[]): string[] {
  return folders.flatMap((folder) => {
    try {
      return getImageFiles(node.path.join(path, folder));
    } catch (error) {
      throw new EmptySourceError(
        `${(error as Error).message} Set train and valid to the folders' names, or validPct to split at random.`,
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
