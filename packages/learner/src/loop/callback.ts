import type { OneOrMany } from '@fastts/core';
import type { AnyLearner } from '../learner.js';

type Work = void | Promise<void>;

/** Nothing, and no promise: for a plain `void`, TypeScript would let a method be asynchronous. */
// biome-ignore lint/suspicious/noConfusingVoidType: a method that returns nothing must fit
type SyncWork = void | undefined;

/** The class of a callback, to name it by. */
// biome-ignore lint/suspicious/noExplicitAny: a callback's constructor may take anything
export type CallbackClass<C extends Callback = Callback> = abstract new (...args: any[]) => C;

/** One callback or several. */
export type Callbacks = OneOrMany<Callback>;

/** A callback that a learner of inputs `X` and targets `Y` can have: one for any learner, or for such ones. */
export type CallbackFor<X, Y> = Callback & { attachTo(learn: AnyLearner<X, Y>): void };

/** One callback or several that a learner of inputs `X` and targets `Y` can have. */
export type CallbacksFor<X, Y> = OneOrMany<CallbackFor<X, Y>>;

/**
 * Something that takes part in the training loop: a class with methods named after the events at which they run.
 *
 * The loop, with each event where it fires:
 *
 * ```
 * beforeFit
 * for (epoch = 0; epoch < nEpoch; epoch++) {
 *   beforeEpoch
 *   beforeTrain
 *   for (batch of dls.train) {
 *     beforeBatch
 *     pred = model(x);                 afterPred
 *     loss = lossFunc(pred, y);        afterLoss
 *     beforeBackward
 *     grads += gradient of lossGrad;   afterBackward      (afterCancelBackward before it, on CancelBackward)
 *     beforeStep
 *     opt.step(grads);                 afterStep          (afterCancelStep before it, on CancelStep)
 *     grads = 0
 *                                      afterBatch         (afterCancelBatch before it, on CancelBatch)
 *   }
 *   afterTrain                                            (afterCancelTrain before it, on CancelTrain)
 *   beforeValidate
 *   for (batch of dls.valid) {
 *     beforeBatch
 *     pred = model(x);                 afterPred
 *     loss = lossFunc(pred, y);        afterLoss
 *                                      afterBatch         (afterCancelBatch before it, on CancelBatch)
 *   }
 *   afterValidate                                         (afterCancelValidate before it, on CancelValid)
 *   afterEpoch                                            (afterCancelEpoch before it, on CancelEpoch)
 * }
 * afterFit                                                (afterCancelFit before it, on CancelFit)
 * cleanUp                                                 (also after an error)
 * ```
 *
 * `afterPred`, `afterLoss` and `beforeBackward` must be synchronous: TensorFlow.js records forward, loss and gradient
 * in one stretch. So must `afterCreate`, which runs when the `Learner` is made. All others may return a promise.
 *
 * The batch's tensors, `x`, `y`, `pred` and `loss`, belong to the `Learner`, which disposes of them after `afterBatch`;
 * so do those that a callback puts in their place. What a callback wants longer it clones (that copies no data) and
 * disposes of.
 *
 * A callback works with any learner unless its class says which ones it needs: `Callback<AnyLearner<tf.Tensor4D>>` is for
 * learners whose input is one `Tensor4D`, of which `this.learn.x` then is one; other learners refuse it.
 *
 * Source: fastai `callback/core.py`.
 *
 * @typeParam L the learners that it is for (default all)
 * @example
 * class StopWhenGood extends Callback {
 *   override order = 60; // after the Recorder
 *   override afterEpoch() {
 *     const accuracy = this.learn.recorder.finalRecord[2]; // after train_loss and valid_loss
 *     if (accuracy && accuracy > 0.95) throw new CancelFit();
 *   }
 * }
 */
export abstract class Callback<L extends AnyLearner = AnyLearner> {
  /** Callbacks run in ascending order of this; those of equal order in the order in which they were added. */
  order = 0;
  /** Callbacks, by their class, after which this one runs, whatever the `order` of either. */
  runsAfter: readonly CallbackClass[] = [];
  /** Callbacks, by their class, before which this one runs, whatever the `order` of either. */
  runsBefore: readonly CallbackClass[] = [];
  /** Whether its methods for batch events run in training. */
  runTrain = true;
  /** Whether its methods for batch events run in validation and prediction. */
  runValid = true;
  /** Whether it takes part in fits only, not in a validation or prediction outside of one, nor in `lrFind`. */
  fitOnly = false;
  /** Whether `FetchPredsCallback` does without it while it predicts in the middle of a fit. */
  removeOnFetch = false;
  /** Whether it runs at all; true again after each fit. */
  run = true;
  /** The learner that it was added to. */
  declare learn: L;

  afterCreate?(): SyncWork;
  beforeFit?(): Work;
  beforeEpoch?(): Work;
  beforeTrain?(): Work;
  beforeBatch?(): Work;
  afterPred?(): SyncWork;
  afterLoss?(): SyncWork;
  beforeBackward?(): SyncWork;
  afterCancelBackward?(): Work;
  afterBackward?(): Work;
  beforeStep?(): Work;
  afterCancelStep?(): Work;
  afterStep?(): Work;
  afterCancelBatch?(): Work;
  afterBatch?(): Work;
  afterCancelTrain?(): Work;
  afterTrain?(): Work;
  beforeValidate?(): Work;
  afterCancelValidate?(): Work;
  afterValidate?(): Work;
  afterCancelEpoch?(): Work;
  afterEpoch?(): Work;
  afterCancelFit?(): Work;
  afterFit?(): Work;

  /**
   * Runs last, whether fitting, validating or predicting went well, was cancelled or failed: puts back what the
   * callback changed, and disposes of the tensors that it still has.
   */
  cleanUp?(): void;

  /** Called by a learner that it is added to. */
  attachTo(learn: L): void {
    this.learn = learn;
  }
}
