import path from 'node:path';
import {
  augTransforms,
  CategoryBlock,
  type ChannelStats,
  cifarStats,
  DataBlock,
  type DataLoaders,
  GrandparentSplitter,
  getImageFiles,
  ImageBlock,
  imagenetStats,
  log,
  Normalize,
  parentLabel,
  RandomSplitter,
  Resize,
  Rng,
  type Splitter,
  URLs,
  untarData,
} from 'fastts';
import { existsSync } from 'fs-extra';
import { fetchCifar } from '../cifar.js';
import type { Options } from './options.js';

/** The pictures that the chapter trains on. */
export interface Data {
  /** What `--data` names; `cifar` if Imagenette cannot be downloaded. */
  name: string;
  folder: string;
  stats: ChannelStats;
  splitter: Splitter<string>;
  /** Number of pictures in each set. */
  train: number;
  valid: number;
  /** The largest size that is worth its time, in pixels. Enlarged pictures suit the networks' first layers better than tiny ones. */
  maxSize: number;
}

/** Some of the pictures, at one size. */
export interface Selection {
  train: number;
  valid: number;
  size: number;
  bs: number;
  /** Which pictures are chosen. */
  seed: number;
  /** Whether to normalize (default true). */
  normalize?: boolean;
  /** Whether to presize to the chapter's 460 pixels, rather than in proportion to `size` (default false). */
  full?: boolean;
}

const archives = new Map([
  ['imagenette160', { url: URLs.IMAGENETTE_160, maxSize: 128 }],
  ['imagenette', { url: URLs.IMAGENETTE, maxSize: 224 }],
]);

/**
 * Downloads the data, if needed, and counts the pictures.
 *
 * @throws Error when `--data` is neither a folder nor the name of a data set.
 */
export async function openData({ data, seeds }: Options): Promise<Data> {
  const { folder, name, maxSize } = await fetch(data);
  const valid = ['val', 'valid', 'test'].find((sub) => existsSync(path.join(folder, sub)));
  const splitter =
    valid && existsSync(path.join(folder, 'train'))
      ? new GrandparentSplitter({ train: 'train', valid })
      : new RandomSplitter(0.2, { seed: seeds[0] });
  const sets = splitter.split(getImageFiles(folder));
  return {
    ...{ name, folder, splitter, maxSize },
    stats: name === 'cifar' ? cifarStats : imagenetStats,
    train: sets[0].length,
    valid: sets[1].length,
  };
}

/** The folder of the pictures; CIFAR-10's if Imagenette cannot be downloaded. */
async function fetch(data: string): Promise<Pick<Data, 'folder' | 'name' | 'maxSize'>> {
  const archive = archives.get(data);
  if (!archive && data !== 'cifar') {
    if (existsSync(data)) return { folder: data, name: data, maxSize: 128 };
    const names = [...archives.keys(), 'cifar'].join(', ');
    throw new Error(`--data must be a folder or one of ${names}, got ${data}.`);
  }
  if (archive) {
    try {
      return { folder: await untarData(archive.url), name: data, maxSize: archive.maxSize };
    } catch (error) {
      log(`${(error as Error).message}\nUsing CIFAR-10 instead.`);
    }
  }
  return { folder: await fetchCifar(), name: 'cifar', maxSize: 96 };
}

/** The chapter's `get_dls`: presizing and augmentation, with or without normalization, for any batch size and size. */
export function getDls(
  data: Data,
  { size, bs, normalize = true, full, ...some }: Selection,
): Promise<DataLoaders> {
  return new DataBlock({
    blocks: [ImageBlock(), CategoryBlock()],
    getItems: getImageFiles,
    getY: parentLabel,
    splitter: subset(data.splitter, some),
    // Presizing: the chapter's Resize(460) is for 224 pixels. Other sizes need less.
    itemTfms: new Resize(full ? 460 : Math.round((size * 460) / 224)),
    batchTfms: [
      ...augTransforms({ size, minScale: 0.75 }),
      ...(normalize ? [Normalize.fromStats(data.stats)] : []),
    ],
  }).dataloaders(data.folder, { bs });
}

/** Keeps some items of each set, always the same for a seed. */
function subset(splitter: Splitter<string>, some: Pick<Selection, 'train' | 'valid' | 'seed'>) {
  const pick = (indices: readonly number[], set: 'train' | 'valid') =>
    some[set] >= indices.length
      ? [...indices]
      : new Rng(some.seed)
          .fork(set)
          .shuffle([...indices])
          .slice(0, some[set]);
  return (items: readonly string[]) => {
    const [train, valid] = splitter.split(items);
    return [pick(train, 'train'), pick(valid, 'valid')] as const;
  };
}
