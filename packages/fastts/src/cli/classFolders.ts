import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  augTransforms,
  CategoryBlock,
  DataBlock,
  DataLoaders,
  EmptySourceError,
  GrandparentSplitter,
  getImageFiles,
  ImageBlock,
  imagenetStats,
  log,
  Normalize,
  parentLabel,
  RandomSplitter,
  Resize,
} from '../index.js';
import type { PicturesOptions } from './fasttsCommand.js';

/** Presizing: images are first resized to this multiple of the size, so that augmentation leaves no empty corners. */
const PRESIZE = 460 / 224;

/**
 * Data loaders of a folder with one subfolder per class, in `train` and `valid`, `val` or `test`, or split at random, with
 * fastai's standard augmentation. The batch size is reduced to the number of training images if that is smaller.
 *
 * @throws EmptySourceError when there are no images, or images of only one class.
 */
export async function classFolders(
  folder: string,
  { size, bs, valid, seed }: PicturesOptions,
): Promise<DataLoaders> {
  const { hasTrain, kept, getItems } = layoutOf(folder);
  if (hasTrain && !kept) log(`${folder} has no validation folder: validating on ${valid * 100}% of train.`);
  const dls = await new DataBlock({
    blocks: [ImageBlock(), CategoryBlock()],
    getItems,
    getY: parentLabel,
    splitter:
      hasTrain && kept
        ? new GrandparentSplitter({ train: 'train', valid: kept })
        : new RandomSplitter(valid, { seed }),
    itemTfms: new Resize(Math.round(size * PRESIZE)),
    batchTfms: [...augTransforms({ size, minScale: 0.75 }), Normalize.fromStats(imagenetStats)],
  }).dataloaders(folder, { bs });
  const { vocab, train, valid: validation } = dls;
  if (vocab.length < 2) {
    throw new EmptySourceError(
      `${folder} has images of only one class, '${vocab[0]}': put each class into its own folder.`,
    );
  }
  log(`${train.n} training and ${validation.n} validation images in ${vocab.length} classes.`);
  if (train.n >= bs) return dls;
  log(`There are fewer training images than the batch size of ${bs}: using a batch size of ${train.n}.`);
  return new DataLoaders([train.with({ bs: train.n }), validation], { path: dls.path });
}

/** How the pictures of a folder are laid out. */
export interface ClassFolderLayout {
  /** Whether they are in a folder `train`, rather than in class folders. */
  hasTrain: boolean;
  /** The name of the validation folder; undefined if there is none. */
  kept: string | undefined;
  /** The pictures. */
  getItems: (path: string) => string[];
}

/** Finds the training and validation folder, if there are any. */
export function layoutOf(folder: string): ClassFolderLayout {
  const kept = ['valid', 'val', 'test'].find((name) => hasFolders(join(folder, name)));
  const hasTrain = hasFolders(join(folder, 'train'));
  const folders = hasTrain ? { folders: ['train', kept ?? 'train'] } : {};
  return { hasTrain, kept, getItems: (path) => getImageFiles(path, folders) };
}

/** Whether it is a folder with subfolders; one with images may be a class named `train` or `test`. */
function hasFolders(path: string): boolean {
  return existsSync(path) && readdirSync(path, { withFileTypes: true }).some((entry) => entry.isDirectory());
}
