import path from 'node:path';
import {
  accuracy,
  augTransforms,
  BalancedAccuracy,
  CategoryBlock,
  ColReader,
  DataBlock,
  type Figure,
  ImageBlock,
  imagenetStats,
  log,
  Normalize,
  Resize,
  type SplitterLike,
  StratifiedGroupKFold,
} from 'fastts';
import { drawLeaves } from './drawLeaves.js';
import { groupDuplicates } from './duplicates.js';
import { type Layout, type Leaf, readLayout } from './layout.js';
import type { Options } from './options.js';

/** What the steps share: the data, the folds, and where figures are saved. */
export interface Competition extends Options, Layout {
  /** The group of each training picture: copies of a picture are one group. */
  groups: readonly number[];
  /** The folds, each with all classes in their proportions, and copies of a picture in the same fold. */
  folds: StratifiedGroupKFold<Leaf>;
  /** Saves a figure under a name in the folder of results. */
  save(figure: Figure, name: string): Promise<void>;
}

/** Opens the folder of `--data`, or draws one. */
export async function openCompetition(options: Options): Promise<Competition> {
  const { data, pictures, out, seed } = options;
  const folder = data ?? path.join(out, `leaves-${pictures}`);
  if (data === undefined) await drawLeaves(folder, { pictures, tests: Math.ceil(pictures / 3), size: 160 });
  const layout = await readLayout(folder);
  const groups = await groupDuplicates(layout.train.map((leaf) => path.join(folder, leaf.path)));
  return {
    ...options,
    ...layout,
    groups,
    folds: new StratifiedGroupKFold(options.nFolds, {
      y: ColReader('label'),
      groups,
      shuffle: true,
      randomState: seed,
    }),
    async save(figure, name) {
      log(`saved ${await figure.save(path.join(out, name))}`);
    },
  };
}

/**
 * The pictures at a size, as in the lesson: presized, augmented on the engine, normalized. Leaves have no up and down.
 *
 * @param splitter Default: the first fold is for validation.
 */
export function leafBlock(
  { folder, diseases, folds }: Competition,
  size: number,
  splitter: SplitterLike<Leaf> = folds.fold(0),
) {
  return new DataBlock({
    blocks: [ImageBlock(), CategoryBlock({ vocab: diseases })],
    getX: ColReader('path', { pref: `${folder}/` }),
    getY: ColReader('disease'),
    splitter,
    itemTfms: new Resize(Math.round((size * 460) / 224)),
    batchTfms: [
      ...augTransforms({ size, minScale: 0.75, flipVert: true }),
      Normalize.fromStats(imagenetStats),
    ],
  });
}

/** The data loaders of the training pictures, batch size `bs`. */
export function getDls(competition: Competition, size: number, splitter?: SplitterLike<Leaf>) {
  return leafBlock(competition, size, splitter).dataloaders(competition.train, { bs: competition.bs });
}

/** What each learner reports after an epoch: the competition's metric, and the one that does not ignore rare diseases. */
export const metrics = () => [accuracy, new BalancedAccuracy()];
