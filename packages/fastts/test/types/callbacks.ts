/** Compiled with the tests, not run: which callbacks and functions are compatible with which learners. */
import { type AnyLearner, Callback, type DataLoaders, Learner, type Module, tf } from 'fastts';

type MultiLabel = DataLoaders<tf.Tensor4D, tf.Tensor2D>;
type TwoPictures = DataLoaders<[tf.Tensor4D, tf.Tensor4D], tf.Tensor1D>;

/** A callback for all learners. */
class Losses extends Callback {
  last = 0;
  override async afterBatch() {
    this.last = (await this.learn.loss.data())[0]!;
  }
}

/** A callback for learners whose input is one image. */
class Brighter extends Callback<AnyLearner<tf.Tensor4D>> {
  override beforeBatch() {
    this.learn.x = tf.mul(this.learn.x, 1.1);
  }
}

/** Functions and callbacks accept all learners, or those of their parameter type. */
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

  // @ts-expect-error: its input is two images
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
