import type { Module } from '@fastts/core';
import type { DataLoaders } from '@fastts/data';
import type * as tf from '@tensorflow/tfjs-core';
import { type AnyLearner, Callback, Learner } from '../src/index.js';

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

type MultiLabel = DataLoaders<tf.Tensor4D, tf.Tensor2D>;
type TwoPictures = DataLoaders<[tf.Tensor4D, tf.Tensor4D], tf.Tensor1D>;

/** A callback for all learners. */
class Losses extends Callback {
  last = 0;
  override async afterBatch() {
    this.last = (await this.learn.loss.data())[0]!;
  }
}

/** A callback for learners whose input is one picture. */
class Brighter extends Callback<AnyLearner<tf.Tensor4D>> {
  override beforeBatch() {
    this.learn.x = this.learn.x.mul(1.1);
  }
}

/** Functions of learners and callbacks are for all tasks, or for those that they name. */
export async function typesOfCallbacks(
  model: Module,
  multiLabel: MultiLabel,
  twoPictures: TwoPictures,
): Promise<void> {
  const frozen = (learn: AnyLearner) => learn.opt.frozenIdx;
  const side = ({ x }: AnyLearner<tf.Tensor4D>) => x.shape[1];
  const one = new Learner(multiLabel, model, { cbs: [new Losses(), new Brighter()] });
  const two = new Learner(twoPictures, model, { cbs: new Losses() });
  const custom = new Learner({ train: [], valid: [] }, model, { cbs: new Losses() });
  const numbers: number[] = [frozen(one), frozen(two), frozen(custom), side(one)];
  await one.fit(1, 1e-3, { cbs: new Brighter() });
  await one.fitOneCycle(1, 1e-3, { cbs: [new Losses(), new Brighter()] });

  // @ts-expect-error its input is two pictures
  side(two);
  // @ts-expect-error as above
  new Learner(twoPictures, model, { cbs: new Brighter() });
  // @ts-expect-error as above
  two.addCbs(new Brighter());
  // @ts-expect-error as above
  await two.fineTune(1, 1e-3, { cbs: [new Losses(), new Brighter()] });
  // @ts-expect-error as above
  await two.getPreds({ cbs: new Brighter() });
  // @ts-expect-error a batch of any learner may be anything
  frozen(one) + ((learn: AnyLearner) => learn.x.shape[0])(one);
  void numbers;
}

test('types are checked by the compiler', () => {
  expect(typesFollowTheData).toBeInstanceOf(Function);
  expect(typesOfCallbacks).toBeInstanceOf(Function);
});
