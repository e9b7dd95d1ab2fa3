import { registered } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Label } from '../targets/categoryMap.js';
import { EncodedMultiCategorize } from '../targets/encodedMultiCategorize.js';
import { MultiCategorize, type MultiCategorizeOptions } from '../targets/multiCategorize.js';
import { OneHotEncode } from '../targets/oneHotEncode.js';
import { TransformBlock } from './transformBlock.js';

/** Settings of {@link MultiCategoryBlock}: targets are lists of labels, or, `encoded`, a 0 or 1 for each label. */
export type MultiCategoryBlockOptions =
  | (MultiCategorizeOptions & {
      /** Targets are one-hot already (default false). */
      encoded?: false;
    })
  | {
      /** Targets are one-hot already. */
      encoded: true;
      /** The labels, each at its place in a target. */
      vocab: readonly Label[];
    };

/**
 * The block for any number of labels an item, none too: batches are one-hot, a float32 `Tensor2D` of shape
 * `[n, labels]`.
 *
 * The vocabulary is made of the training set's labels, sorted, unless `vocab` gives it.
 *
 * Source: fastai `data/block.py`, `MultiCategoryBlock`.
 *
 * @example
 * const block = new DataBlock({
 *   blocks: [ImageBlock(), MultiCategoryBlock()],
 *   getX: ColReader('fname', { pref: `${path}/train/` }),
 *   getY: ColReader('labels', { labelDelim: ' ' }),
 *   splitter: new ColSplitter(),
 *   itemTfms: new Resize(128),
 * });
 * const dls = await block.dataloaders(await readCsv(`${path}/train.csv`));
 */
export const MultiCategoryBlock = registered('MultiCategoryBlock')(function MultiCategoryBlock(
  options: MultiCategoryBlockOptions = {},
): TransformBlock<tf.Tensor2D> {
  return new TransformBlock({
    kind: 'multiCategory',
    typeTfms: () => {
      if (options.encoded) return [new EncodedMultiCategorize(options.vocab)];
      const categorize = new MultiCategorize(options);
      return [categorize, new OneHotEncode(categorize)];
    },
    collate: (rows: number[][]) => tf.tensor2d(rows, [rows.length, rows[0]!.length], 'float32'),
    show: (labels: readonly string[]) => ({ title: labels.join(';') }),
  });
});
