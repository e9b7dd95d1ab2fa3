import type { DataLoader, DataLoaders, Folds } from '@fastts/data';
import { digestOfNames } from '../checkpoints/dataIdentity.js';
import { LearnerError } from '../errors.js';
import type { FoldFiles } from './fold.js';

/** All items of a cross-validation. */
export interface FoldData {
  readonly items: readonly unknown[];
  /** Equal for the same items, also in another folder. */
  readonly digest: string;
  /** The indices of each fold's validation items. */
  readonly valid: readonly (readonly number[])[];
}

/** The items of a fold's training and validation set, by their indices in the data block, and how the folds divide them. */
export function foldData(folds: Folds, { train, valid }: DataLoaders<unknown, unknown>): FoldData {
  const items: unknown[] = [];
  const names: string[] = [];
  for (const { dataset } of [train, valid]) {
    for (const [place, index] of dataset.indices.entries()) {
      items[index] = dataset.items[place];
      names[index] = dataset.describe(place);
    }
  }
  const missing = Array.from(items, (_, i) => i in items).indexOf(false);
  if (missing >= 0) {
    throw new LearnerError(
      `Item ${missing} is in neither set of the learner's data: pass the fold's splitter to its DataBlock.`,
    );
  }
  return { items, digest: digestOfNames(names), valid: folds.split(items).map(([, indices]) => indices!) };
}

/**
 * Checks that a loader has the validation items of a fold.
 *
 * @throws LearnerError when it has others.
 */
export function checkIsOfFold(
  fold: FoldFiles<unknown>,
  { valid }: FoldData,
  { dataset: { indices } }: DataLoader<unknown, unknown>,
): void {
  const wanted = valid[fold.index]!;
  if (wanted.length === indices.length && wanted.every((index, place) => index === indices[place])) return;
  throw new LearnerError(
    `The learner's validation set is not that of ${fold.title}: pass the fold's splitter to its DataBlock.`,
  );
}
