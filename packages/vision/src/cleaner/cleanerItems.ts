import { node, type Split } from '@fastts/core';
import { composed, DataError, DataLoaders, type Datasets, describeValue, type Label } from '@fastts/data';
import type { AnyLearner } from '@fastts/learner';
import type * as tf from '@tensorflow/tfjs-core';

/** A picture with the label to be checked. */
export interface CleanerItem {
  /** Its file. */
  path: string;
  label: Label;
  /** The set that it is in (default `'train'`). */
  split?: Split;
}

/** Class probabilities: a tensor `[n, classes]`, or one list per picture. */
export type CleanerPreds = tf.Tensor | readonly ArrayLike<number>[];

/** The pictures of a learner's training and validation set, with the data block's items. */
export async function itemsOf<X, Y>(
  learn: AnyLearner<X, Y>,
): Promise<{ items: CleanerItem[]; sources: unknown[] }> {
  const { train, valid } = dataOf(learn);
  const items: CleanerItem[] = [];
  const sources: unknown[] = [];
  for (const [split, dataset] of [
    ['train', train.dataset],
    ['valid', valid.dataset],
  ] as const) {
    checkBlocks(dataset);
    const [getPath, getLabel] = dataset.getters;
    for (const source of dataset.items) {
      const [path, label] = [await getPath!(source), await getLabel!(source)];
      if (typeof path !== 'string' || !isLabel(label)) {
        throw new DataError(
          `ImageClassifierCleaner needs pictures that are files, with one label each, got ${describeValue(typeof path === 'string' ? label : path)}: pass items with path and label.`,
        );
      }
      items.push({ path, label, split });
      sources.push(source);
    }
  }
  return { items, sources };
}

/** An item whose label is spelled as in a vocabulary: folders' names may have accents that are separate characters. */
export function withComposedLabel(item: CleanerItem): CleanerItem {
  return { ...item, label: composed(item.label) };
}

/** Class probabilities of pictures, predicted once as in validation; NaN for those that cannot be read. */
export async function predict<X, Y>(
  learn: AnyLearner<X, Y>,
  sources: readonly unknown[],
): Promise<readonly ArrayLike<number>[]> {
  const [preds] = await learn.getPreds({ dl: dataOf(learn).testDl(sources), unreadable: 'nan' });
  try {
    return await rowsOf(preds);
  } finally {
    preds.dispose();
  }
}

/** The class names of a learner's data. */
export function vocabOf<X, Y>(learn: AnyLearner<X, Y>): readonly Label[] {
  return dataOf(learn).vocab;
}

/** Lists of probabilities. */
export async function rowsOf(preds: CleanerPreds): Promise<readonly ArrayLike<number>[]> {
  if (!('rank' in preds)) return preds;
  if (preds.rank !== 2) {
    throw new DataError(
      `preds must have the shape [n, classes], got [${preds.shape}]: pass class probabilities.`,
    );
  }
  const [n, classes] = [preds.shape[0]!, preds.shape[1]!];
  const values = await preds.data();
  return Array.from({ length: n }, (_, i) => values.subarray(i * classes, (i + 1) * classes));
}

/** The deepest folder that contains all folders. */
export function commonFolder(folders: readonly string[]): string {
  const split = [...new Set(folders)].map((folder) => node.path.resolve(folder).split(node.path.sep));
  const [first = [], ...others] = split;
  const length = first.findIndex((part, i) => others.some((other) => other[i] !== part));
  const common = first.slice(0, length === -1 ? undefined : length);
  return node.path.resolve(common.join(node.path.sep) + node.path.sep);
}

function dataOf<X, Y>({ dls }: AnyLearner<X, Y>): DataLoaders<X, Y> {
  if (dls instanceof DataLoaders) return dls;
  throw new DataError('ImageClassifierCleaner needs a learner whose data are DataLoaders.');
}

function checkBlocks({ kinds, nInp }: Datasets): void {
  if (nInp === 1 && kinds.length === 2 && kinds[1] === 'category') return;
  throw new DataError(
    `ImageClassifierCleaner needs a picture and one class per item, but the data's blocks are ${kinds.join(', ')}.`,
  );
}

function isLabel(value: unknown): value is Label {
  return ['string', 'number', 'boolean'].includes(typeof value);
}
