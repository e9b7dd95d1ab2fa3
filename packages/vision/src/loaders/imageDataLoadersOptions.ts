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
  /** Channels of the images: `'rgb'` (default) three, `'gray'` one. */
  mode?: ColorMode;
}

/** Settings of the ways that split at random. */
export interface RandomSplitOptions extends ImageDataLoadersOptions {
  /** Share of the images for validation, 0 to 1 (default 0.2). */
  validPct?: number;
  /** Gives the same split each time (default: drawn from the stream of `setSeed`). */
  seed?: number;
}

/** Settings of `ImageDataLoaders.fromFolder`. */
export interface FromFolderOptions extends ImageDataLoadersOptions {
  /** The folder of the training images (default `'train'`). */
  train?: string;
  /** The folder of the images for validation (default `'valid'`). */
  valid?: string;
  /** Share of the images for validation, in place of the two folders: all folders' images are split at random. */
  validPct?: number;
  /** With `validPct`: gives the same split each time (default: drawn from the stream of `setSeed`). */
  seed?: number;
  /** The classes (default: those of the training images). */
  vocab?: readonly Label[];
}

/** Settings of `ImageDataLoaders.fromRows`. */
export interface FromRowsOptions<R extends object = Row> extends RandomSplitOptions {
  /** The folder that the images' paths begin in, and where a `Learner` saves (default the working folder). */
  path?: string;
  /** The column of the images' paths (default 0, the first). */
  fnCol?: Column<R>;
  /** The folder within `path` that the images' paths begin in. */
  folder?: string;
  /** What to put after an image's path, such as `'.jpg'`. */
  suff?: string;
  /** The column of the label (default 1, the second), or the columns of several labels. */
  labelCol?: OneOrMany<Column<R>>;
  /** Separator of the labels in the label column; an item then has any number of labels. */
  labelDelim?: string;
  /** What the target is (default `MultiCategoryBlock` for several labels, else `CategoryBlock`). */
  yBlock?: TransformBlock;
  /** A column that is true for images for validation, in place of a random split. */
  validCol?: Column<R>;
}

/** Settings of `ImageDataLoaders.fromCsv`. */
export interface FromCsvOptions extends Omit<FromRowsOptions, 'path'>, ReadCsvOptions {
  /** The file within `path` (default `'labels.csv'`). */
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
