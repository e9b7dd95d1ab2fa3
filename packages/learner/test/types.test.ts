import type { Module } from '@fastts/core';
import type { DataLoaders } from '@fastts/data';
import type * as tf from '@tensorflow/tfjs';
import { Learner } from '../src/index.js';

/** Is compiled with the tests: what it assigns must have the type that it is assigned to. */
export async function typesFollowTheData(dls: DataLoaders, model: Module): Promise<void> {
  const learn = new Learner(dls, model);
  const vocab: readonly string[] = learn.dls.vocab;
  learn.dls = dls;
  const x: tf.Tensor4D = learn.x;
  const y: tf.Tensor1D = learn.y;

  const [preds, targs] = await learn.getPreds();
  const plain: [tf.Tensor, tf.Tensor1D] = [preds, targs];
  const all = await learn.getPreds({ withInput: true, withDecoded: true, withLoss: true });
  const ofAll: [tf.Tensor4D, tf.Tensor, tf.Tensor1D, tf.Tensor, tf.Tensor1D] = all;
  const [, nothing] = await learn.getPreds({ dl: dls.testDl(['a.jpg']) });
  const noTargets: undefined = nothing;

  const blended: [tf.Tensor, tf.Tensor1D] = await learn.tta();
  const [[augmented], same] = await learn.tta({ beta: null });
  const apart: [tf.Tensor, tf.Tensor1D] = [augmented, same];

  // @ts-expect-error a learning rate is a number
  await learn.fitOneCycle(1, '3e-3');
  // @ts-expect-error an event is spelt otherwise
  await learn.fire('before_fit');
  void [vocab, x, y, plain, ofAll, noTargets, blended, apart];
}

test('types are checked by the compiler', () => {
  expect(typesFollowTheData).toBeInstanceOf(Function);
});
