import { registered } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Label, Widened } from '../targets/categoryMap.js';
import {
  EncodedMultiCategorize,
  MultiCategorize,
  type MultiCategorizeOptions,
  OneHotEncode,
} from '../targets/multiCategorize.js';
import { TransformBlock } from './transformBlock.js';

/** Settings of {@link MultiCategoryBlock}: targets are lists of labels or, if `encoded`, one 0 or 1 per label. */
export type MultiCategoryBlockOptions<L extends Label = Label> =
  | (MultiCategorizeOptions<L> & {
      /** Whether targets are already one-hot (default false). */
      encoded?: false;
    })
  | {
      /** Targets are already one-hot. */
      encoded: true;
      /** The labels, in the order of a target's elements. */
      vocab: readonly L[];
    };

/**
 * The block for any number of labels per item, including none. Batches are one-hot, a float32 `Tensor2D` of shape
 * `[n, labels]`.
 *
 * The vocabulary is `vocab`, or by default the training set's labels, sorted.
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
export const MultiCategoryBlock = registered('MultiCategoryBlock')(function MultiCategoryBlock<
  L extends Label = Label,
>(options: MultiCategoryBlockOptions<L> = {}): TransformBlock<tf.Tensor2D, Widened<L>[]> {
  return new TransformBlock({
    kind: 'multiCategory',
    itemShape: [-1],
    typeTfms: () => {
      if (options.encoded) return [new EncodedMultiCategorize(options.vocab)];
      const categorize = new MultiCategorize(options);
      return [categorize, new OneHotEncode(categorize)];
    },
    collate: (rows: number[][]) => tf.tensor2d(rows, [rows.length, rows[0]!.length], 'float32'),
    show: (labels) => ({ title: labels.join(';') }),
  });
});
