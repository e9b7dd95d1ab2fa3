import { registered } from '@fastts/core';
import { type Label, MultiCategorize, TransformBlock, type Widened } from '@fastts/data';
import * as tf from '@tensorflow/tfjs-core';

/** Options of {@link BBoxLblBlock}. */
export interface BBoxLblBlockOptions<L extends Label = Label> {
  /** The labels, by index (default: those of the training set, sorted). */
  vocab?: readonly L[];
  /** Whether to put `#na#` first, for the background; its index 0 pads labels in a batch (default true). */
  addNa?: boolean;
}

/** The label of the background: no object. */
const BACKGROUND = '#na#';

/**
 * A block of the labels of an image's boxes, in the order of the boxes of {@link BBoxBlock}. A batch is `[n, boxes]`,
 * int32, padded with zeros to the largest number of boxes of an item.
 *
 * Source: fastai `vision/data.py`.
 *
 * @throws LabelError for a label that is not in the vocabulary, or a target that is not a list.
 */
export const BBoxLblBlock = registered('BBoxLblBlock')(function BBoxLblBlock<L extends Label = Label>({
  vocab,
  addNa = true,
}: BBoxLblBlockOptions<L> = {}): TransformBlock<tf.Tensor2D, Widened<L>[]> {
  return new TransformBlock<tf.Tensor2D, Widened<L>[]>({
    kind: 'bboxLabel',
    itemShape: [-1],
    typeTfms: () => [new MultiCategorize({ vocab, addNa })],
    collate: (items: number[][]) => {
      const count = Math.max(...items.map(({ length }) => length));
      const values = items.flatMap((labels) => [...labels, ...new Array(count - labels.length).fill(0)]);
      return tf.tensor2d(values, [items.length, count], 'int32');
    },
    show: (labels) => ({
      boxLabels: labels.map((label) => (label === BACKGROUND ? undefined : String(label))),
    }),
  });
});
