/** Compiled with the tests, not run: which callbacks and functions are compatible with which learners. */
import { expectTypeOf } from 'expect-type';
import {
  type AnyLearner,
  Callback,
  type CallbacksFor,
  CategoryBlock,
  CheckpointCallback,
  type DataLoaders,
  FetchPredsCallback,
  Learner,
  loadLearner,
  type Module,
  resnet34,
  tf,
  unetLearner,
  visionLearner,
} from 'fastts';
import * as tasks from './tasks.js';

type MultiLabel = DataLoaders<tf.Tensor4D, tf.Tensor2D>;
type TwoPictures = DataLoaders<[tf.Tensor4D, tf.Tensor4D], tf.Tensor1D>;

/** A callback for all learners. */
class Losses extends Callback {
  last = 0;
  override async afterBatch() {
    this.last = (await this.learn.loss.data())[0]!;
  }
}

interface BestState {
  best: number;
  weights: tf.Tensor[];
}

/** A callback with a state that checkpoints keep. */
class Best extends Callback {
  private best = 0;
  private weights: tf.Tensor[] = [];
  override async stateDict(): Promise<BestState> {
    return { best: this.best, weights: this.weights };
  }
  override loadStateDict({ best, weights }: BestState) {
    this.best = best;
    this.weights = weights;
  }
}

/** A callback for learners whose input is one image. */
class Brighter extends Callback<AnyLearner<tf.Tensor4D>> {
  override beforeBatch() {
    this.learn.x = tf.mul(this.learn.x, 1.1);
  }
}

/** Long runs go on from checkpoints, whichever method trains. */
export async function typesOfLongRuns(learn: Learner): Promise<void> {
  const cbs = [new CheckpointCallback('run', { everyBatches: 100, everySeconds: 60, keep: 3 }), new Best()];
  await learn.fit(5, 1e-3, { cbs, resume: 'run' });
  await learn.fitOneCycle(5, 3e-3, { cbs, resume: 'run' });
  await learn.fineTune(5, 2e-3, { cbs, resume: 'run' });
  // @ts-expect-error: a folder is required
  new CheckpointCallback();
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

/** Reads the predictions of each batch, for one label per item. */
class Mistakes extends Callback<AnyLearner<tf.Tensor4D, tf.Tensor1D>> {
  override runTrain = false;
  count = 0;

  override async afterBatch() {
    const { pred, y, loss } = this.learn;
    expectTypeOf(pred).toEqualTypeOf<tf.Tensor>();
    expectTypeOf(y).toEqualTypeOf<tf.Tensor1D>();
    expectTypeOf(loss).toEqualTypeOf<tf.Tensor>();
    const wrong = tf.tidy(() => tf.sum(tf.notEqual(tf.argMax(pred, 1), tf.cast(y, 'int32'))));
    for (const count of await wrong.data()) this.count += count;
    wrong.dispose();
  }
}

/** Changes one of two inputs. */
class LeftBrighter extends Callback<AnyLearner<[tf.Tensor4D, tf.Tensor4D]>> {
  override beforeBatch() {
    const [left, right] = this.learn.x;
    this.learn.x = [tf.mul(left, 1.1), right];
  }
}

/** Reads a tuple of targets. */
class BoxesPerBatch extends Callback<AnyLearner<tf.Tensor4D, [tf.Tensor3D, tf.Tensor2D]>> {
  override afterPred() {
    const [sides, labels] = this.learn.y;
    expectTypeOf(sides).toEqualTypeOf<tf.Tensor3D>();
    expectTypeOf(labels).toEqualTypeOf<tf.Tensor2D>();
  }
}

/** Counts the pixels of masks. */
class Pixels extends Callback<AnyLearner<tf.Tensor4D, tf.Tensor3D>> {
  override afterLoss() {
    const [n, height, width] = this.learn.y.shape;
    expectTypeOf(n * height * width).toEqualTypeOf<number>();
  }
}

export async function callbacksOfEachTask(any: AnyLearner) {
  const { model } = tasks;
  new Learner(tasks.oneLabel, model, { cbs: [new Losses(), new Brighter(), new Mistakes()] });
  await visionLearner(tasks.oneLabel, resnet34, { cbs: new Mistakes() });
  new Learner(tasks.number, model, { cbs: [new Losses(), new Mistakes()] });
  new Learner(tasks.severalLabels, model, { cbs: [new Losses(), new Brighter()] });
  new Learner(tasks.points, model, { cbs: [new Brighter(), new Pixels()] });
  await unetLearner(tasks.masks, resnet34, { cbs: [new Brighter(), new Pixels()] });
  new Learner(tasks.pairs, model, { cbs: [new Losses(), new LeftBrighter()] });
  new Learner(tasks.boxes, model, { cbs: [new Losses(), new Brighter(), new BoxesPerBatch()] });
  const loaded = await loadLearner('pets.safetensors', { target: CategoryBlock(), cbs: new Losses() });
  await loaded.fineTune(1, 1e-3, { cbs: new Losses() });
  // A learner whose batches are unknown takes any callback.
  any.addCbs([new Losses(), new Brighter()]);

  const shared: CallbacksFor<tf.Tensor4D, tf.Tensor1D> = [new Losses(), new Brighter(), new Mistakes()];
  const learn = new Learner(tasks.oneLabel, model, { cbs: shared });
  await learn.getPreds({ cbs: shared });
  await learn.validate({ cbs: new Mistakes() });
  expectTypeOf(learn.cb(Mistakes)?.count).toEqualTypeOf<number | undefined>();
  await learn.removedCbs(Mistakes, () => learn.addedCbs(new FetchPredsCallback(), () => learn.fit(1)));

  // @ts-expect-error: its targets are several labels an item
  new Learner(tasks.severalLabels, model, { cbs: new Mistakes() });
  // @ts-expect-error: as above
  await visionLearner(tasks.severalLabels, resnet34, { cbs: [new Losses(), new Mistakes()] });
  // @ts-expect-error: its targets are masks
  await unetLearner(tasks.masks, resnet34, { cbs: new Mistakes() });
  // @ts-expect-error: its targets are boxes with labels
  new Learner(tasks.boxes, model, { cbs: new Pixels() });
  // @ts-expect-error: a callback is made by `new`
  new Learner(tasks.oneLabel, model, { cbs: Losses });
}

/** What a callback must be. */
export abstract class Wrong extends Callback {
  // @ts-expect-error: it runs within the gradient, which is synchronous
  override async afterLoss() {}
  // @ts-expect-error: there is no such event
  override afterPredict() {}
}

/** `using` disposes of a learner at the end of its block. */
export function typesOfDispose(dls: DataLoaders, model: Module) {
  {
    using learn = new Learner(dls, model);
    expectTypeOf(learn.isDisposed).toEqualTypeOf<boolean>();
  }
  const learn = new Learner(dls, model);
  expectTypeOf(learn[Symbol.dispose]()).toEqualTypeOf<void>();
  learn.dispose({ model: false });
  // @ts-expect-error: the model can be assigned only by creating a learner
  learn.model = model;
}
