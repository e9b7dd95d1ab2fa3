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

/** Presizing: pictures are first brought to this many times the size, so that moving them leaves no empty corners. */
const PRESIZE = 460 / 224;

/**
 * Data loaders of a folder with a folder of pictures a class, in `train` and `valid`, `val` or `test`, or split at
 * random; with fastai's usual augmentation. A batch has fewer pictures than `bs` where there are fewer to train with.
 *
 * @throws EmptySourceError when there are no pictures, or only of one class
 */
export async function classFolders(
  folder: string,
  { size, bs, valid, seed }: PicturesOptions,
): Promise<DataLoaders> {
  const kept = ['valid', 'val', 'test'].find((name) => hasFolders(join(folder, name)));
  const hasTrain = hasFolders(join(folder, 'train'));
  if (hasTrain && !kept) log(`${folder} has train but no valid: validating on ${valid * 100}% of train.`);
  const dls = await new DataBlock({
    blocks: [ImageBlock(), CategoryBlock()],
    getItems: (path: string) => getImageFiles(path, hasTrain ? { folders: ['train', kept ?? 'train'] } : {}),
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
      `${folder} has pictures of only one class, '${vocab[0]}': put those of each class into a folder of its own.`,
    );
  }
  log(`${train.n} pictures to train with, ${validation.n} to validate, of ${vocab.length} classes.`);
  if (train.n >= bs) return dls;
  log(`These are fewer than a batch of ${bs}: training with batches of ${train.n}.`);
  return new DataLoaders([train.with({ bs: train.n }), validation], { path: dls.path });
}

/** Whether there is a folder with folders in it: one of pictures may be a class that is called `train` or `test`. */
function hasFolders(path: string): boolean {
  return existsSync(path) && readdirSync(path, { withFileTypes: true }).some((entry) => entry.isDirectory());
}
