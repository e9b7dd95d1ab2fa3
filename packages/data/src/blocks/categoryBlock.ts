import { registered } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { Categorize, type CategorizeOptions } from '../targets/categorize.js';
import type { Label, Widened } from '../targets/categoryMap.js';
import { TransformBlock } from './transformBlock.js';

/**
 * The block for one label per item. Batches are class indices, an int32 `Tensor1D` of shape `[n]`.
 *
 * The vocabulary is `vocab`, or by default the training set's labels, sorted. Labels keep their type: those of a column of
 * numbers are numbers, also in predictions.
 *
 * Source: fastai `data/block.py`, `CategoryBlock`.
 *
 * @typeParam L The type of the labels, if neither `vocab` nor the data block's `getY` determines it: `CategoryBlock<string>()`.
 */
export const CategoryBlock = registered('CategoryBlock')(function CategoryBlock<L extends Label = Label>(
  options: CategorizeOptions<L> = {},
): TransformBlock<tf.Tensor1D, Widened<L>> {
  return new TransformBlock({
    kind: 'category',
    itemShape: [],
    typeTfms: () => [new Categorize(options)],
    collate: (numbers: number[]) => tf.tensor1d(numbers, 'int32'),
    decodeBatch: async (batch) => Array.from(await batch.data()),
  });
});
