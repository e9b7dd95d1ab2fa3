import path from 'node:path';
import {
  augTransforms,
  CategoryBlock,
  CheckpointCallback,
  cifarStats,
  DataBlock,
  type DataLoaders,
  type Figure,
  type FitOptions,
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
  type Splits,
  type Splitter,
  URLs,
  untarData,
} from 'fastts';
import { existsSync } from 'fs-extra';
import { fetchCifar } from '../cifar.js';
import type { Options } from './options.js';

/** The folder of saved figures and checkpoints, relative to the working directory. */
const output = path.join('out', 'chapter7');

/** What the sections of the chapter share: the data, the sizes, and where figures are saved. */
export interface Chapter extends Options {
  size: number;
  pct: number;
  /** The chapter's `get_dls`, with or without normalization. */
  getDls(bs: number, size: number, options?: { normalize?: boolean }): Promise<DataLoaders>;
  /** With `--full` or `--resume`, options of a fit that save checkpoints under a name, and continue from them with `--resume`. */
  checkpoints(name: string): FitOptions;
  /** Saves a figure and logs its path. */
  save(figure: Figure, name: string): Promise<void>;
}

const dataSets: Record<string, string> = {
  imagenette160: URLs.IMAGENETTE_160,
  imagenette: URLs.IMAGENETTE,
};

/** The folder of the pictures; CIFAR-10's if Imagenette cannot be downloaded. */
async function fetch(data: string): Promise<{ folder: string; cifar: boolean }> {
  if (data === 'cifar') return { folder: await fetchCifar(), cifar: true };
  const url = dataSets[data];
  if (!url) {
    if (!existsSync(data)) {
      const names = [...Object.keys(dataSets), 'cifar'].join(', ');
      throw new Error(`--data must be a folder or one of ${names}, got ${data}.`);
    }
    return { folder: data, cifar: false };
  }
  try {
    return { folder: await untarData(url), cifar: false };
  } catch (error) {
    log(`${(error as Error).message}\nUsing CIFAR-10 instead.`);
    return { folder: await fetchCifar(), cifar: true };
  }
}

/** Keeps a share `pct` of the training and validation items of `splitter`, the same ones each time. */
function subset(splitter: Splitter<string>, pct: number, seed: number) {
  const share = (indices: readonly number[], key: string) =>
    new Rng(seed)
      .fork(key)
      .shuffle([...indices])
      .slice(0, Math.max(1, Math.round(indices.length * pct)));
  return (items: readonly string[]): Splits => {
    const [train, valid] = splitter.split(items);
    return pct >= 1 ? [train, valid] : [share(train, 'train'), share(valid, 'valid')];
  };
}

/** Gets the data, and chooses defaults for the options that were not given. */
export async function open(options: Options): Promise<Chapter> {
  const { folder, cifar } = await fetch(options.data);
  const valid = ['val', 'valid', 'test'].find((name) => existsSync(path.join(folder, name)));
  const given =
    valid && existsSync(path.join(folder, 'train'))
      ? new GrandparentSplitter({ train: 'train', valid })
      : new RandomSplitter(0.2, { seed: options.seed });
  const size = options.size ?? (cifar ? 32 : 64);
  const pct = options.pct ?? (cifar ? 0.1 : 0.5);

  return {
    ...options,
    data: cifar ? 'cifar' : options.data,
    size,
    pct,
    getDls: (bs, size, { normalize = true } = {}) =>
      new DataBlock({
        blocks: [ImageBlock(), CategoryBlock()],
        getItems: getImageFiles,
        getY: parentLabel,
        splitter: subset(given, pct, options.seed),
        // Presizing: the chapter's Resize(460) is for 224 pixels. Other sizes need less.
        itemTfms: new Resize(options.full ? 460 : Math.round((size * 460) / 224)),
        batchTfms: [
          ...augTransforms({ size, minScale: 0.75 }),
          ...(normalize ? [Normalize.fromStats(cifar ? cifarStats : imagenetStats)] : []),
        ],
      }).dataloaders(folder, { bs }),
    checkpoints(name) {
      const { full, resume, archName, seed, epochs } = options;
      if (!full && !resume) return {};
      const run = [archName, `${size}px`, `${epochs}epochs`, `seed${seed}`].join('-');
      const dir = path.join(output, 'checkpoints', run, name);
      return { cbs: new CheckpointCallback(dir), ...(resume && { resume: dir }) };
    },
    async save(figure, name) {
      log(`saved ${await figure.save(path.join(output, name))}`);
    },
  };
}
