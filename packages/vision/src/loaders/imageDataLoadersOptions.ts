import type { OneOrMany } from '@fastts/core';
import type {
  Column,
  DataBlockLoadersOptions,
  Label,
  ReadCsvOptions,
  Row,
  TransformBlock,
  TransformsLike,
} from '@fastts/data';
import type { ColorMode } from '../image/channels.js';

/** Options of all factories of `ImageDataLoaders`. */
export interface ImageDataLoadersOptions extends Omit<DataBlockLoadersOptions, 'path'> {
  /** Transforms of each image, such as `new Resize(224)`. */
  itemTfms?: TransformsLike;
  /** Transforms of each batch, such as `augTransforms()`. */
  batchTfms?: TransformsLike;
  /** Channels of the images: `'rgb'` (default) is three, `'gray'` is one. */
  mode?: ColorMode;
}

/** Settings of factories that split at random. */
export interface RandomSplitOptions extends ImageDataLoadersOptions {
  /** Fraction of the images for validation, from 0 to 1 (default 0.2). */
  validPct?: number;
  /** A seed, for a reproducible split (default: drawn from the stream of `setSeed`). */
  seed?: number;
}

/** Settings of `ImageDataLoaders.fromFolder`. */
export interface FromFolderOptions extends ImageDataLoadersOptions {
  /** Name of the training folder (default `'train'`). */
  train?: string;
  /** Name of the validation folder (default `'valid'`). */
  valid?: string;
  /** Fraction of the images for validation: all images in `path` are split at random, instead of by the two folders. */
  validPct?: number;
  /** With `validPct`, a seed for a reproducible split (default: drawn from the stream of `setSeed`). */
  seed?: number;
  /** The classes (default: those of the training images). */
  vocab?: readonly Label[];
}

/** Settings of `ImageDataLoaders.fromRows`. */
export interface FromRowsOptions<R extends object = Row> extends RandomSplitOptions {
  /** The folder to which the images' paths are relative, and in which a `Learner` saves (default: the working directory). */
  path?: string;
  /** The column of image paths (default 0, the first). */
  fnCol?: Column<R>;
  /** Subfolder of `path` to which the images' paths are relative (default: `path` itself). */
  folder?: string;
  /** Text appended to an image's path, such as `'.jpg'` (default: none). */
  suff?: string;
  /** The column of labels (default 1, the second), or several columns for several labels per item. */
  labelCol?: OneOrMany<Column<R>>;
  /** Delimiter of labels in the label column; an item then has any number of labels. */
  labelDelim?: string;
  /** The target's block (default: `MultiCategoryBlock` for several labels, else `CategoryBlock`). */
  yBlock?: TransformBlock;
  /** A column that is true for validation images, in place of a random split. */
  validCol?: Column<R>;
}

/** Settings of `ImageDataLoaders.fromCsv`. */
export interface FromCsvOptions extends Omit<FromRowsOptions, 'path'>, ReadCsvOptions {
  /** The file's name within `path` (default `'labels.csv'`). */
  csvFname?: string;
}

/** Options that select several labels per item. */
export type SeveralLabels<R extends object = Row> =
  | { labelDelim: string }
  | { labelCol: readonly [Column<R>, Column<R>, ...Column<R>[]] };

/** Options that select one label per item. */
export type OneLabel<R extends object = Row> = {
  labelDelim?: undefined;
  labelCol?: Column<R> | readonly [Column<R>];
  yBlock?: undefined;
};
