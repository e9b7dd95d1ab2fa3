import { registered, toList } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { RegressionSetup } from '../targets/regressionSetup.js';
import { TransformBlock } from './transformBlock.js';

/**
 * The block for one number per item, or for a list of `nOut` numbers. Batches are a float32 `Tensor1D` of shape `[n]`, or
 * a `Tensor2D` of shape `[n, nOut]`.
 *
 * Source: fastai `data/block.py`, `RegressionBlock`; there the first item determines how many numbers there are;
 * here `nOut` does, so that it is part of the type.
 *
 * @param options.nOut Length of each item's target (default 1).
 * @example
 * new DataBlock({ blocks: [ImageBlock(), RegressionBlock()], getX: ColReader('photo'), getY: ColReader('age') });
 */
export const RegressionBlock = registered('RegressionBlock')(regressionBlock);

/** A block of `N` numbers per item: of either type if `N` is not known at compile time. */
type NumbersBlock<N extends number> = number extends N
  ? TransformBlock<tf.Tensor1D | tf.Tensor2D, number | number[]>
  : TransformBlock<tf.Tensor2D, number[]>;

function regressionBlock(options?: { nOut?: 1 }): TransformBlock<tf.Tensor1D, number>;
function regressionBlock<const N extends number>(options: { nOut: N }): NumbersBlock<N>;
function regressionBlock({
  nOut = 1,
}: {
  nOut?: number;
} = {}): TransformBlock<tf.Tensor1D, number> | TransformBlock<tf.Tensor2D, number[]> {
  const shared = {
    kind: 'regression',
    typeTfms: () => [new RegressionSetup(nOut)],
    show: (target: number | number[]) => ({ title: toList(target).join(', ') }),
  };
  if (nOut === 1) {
    const collate = (numbers: number[]) => tf.tensor1d(numbers, 'float32');
    return new TransformBlock<tf.Tensor1D, number>({ ...shared, itemShape: [], collate });
  }
  const collate = (lists: number[][]) => tf.tensor2d(lists, [lists.length, nOut], 'float32');
  return new TransformBlock<tf.Tensor2D, number[]>({ ...shared, itemShape: [nOut], collate });
}
