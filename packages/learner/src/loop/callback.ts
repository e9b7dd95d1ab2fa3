import type { OneOrMany } from '@fastts/core';
import type { AnyLearner } from '../learner.js';

type Work = void | Promise<void>;

/** Nothing, and not a promise: with a plain `void`, TypeScript would accept an asynchronous method. */
// biome-ignore lint/suspicious/noConfusingVoidType: a method that returns nothing must fit
type SyncWork = void | undefined;

/** A callback class, used to identify callbacks. */
// biome-ignore lint/suspicious/noExplicitAny: a callback's constructor may take anything
export type CallbackClass<C extends Callback = Callback> = abstract new (...args: any[]) => C;

/** One callback or several. */
export type Callbacks = OneOrMany<Callback>;

/** A callback that a learner with inputs `X` and targets `Y` accepts: one for any learner, or for such learners. */
export type CallbackFor<X, Y> = Callback & { attachTo(learn: AnyLearner<X, Y>): void };

/** One or several callbacks that a learner with inputs `X` and targets `Y` accepts. */
export type CallbacksFor<X, Y> = OneOrMany<CallbackFor<X, Y>>;

/**
 * Extends the training loop: a class with methods named after the events at which they run.
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
 * `afterPred`, `afterLoss` and `beforeBackward` must be synchronous, because TensorFlow.js records forward, loss and
 * gradient synchronously. So must `afterCreate`, which runs in the `Learner`'s constructor. All others may be async.
 *
 * The batch's tensors, `x`, `y`, `pred` and `loss`, belong to the `Learner`, which disposes of them after `afterBatch`;
 * and so do tensors that a callback assigns in their place. To keep a tensor, a callback clones it (without a copy)
 * and disposes of the clone.
 *
 * A callback works with any learner unless its class specifies which: `Callback<AnyLearner<tf.Tensor4D>>` is for
 * learners whose input is one `Tensor4D`, which is then the type of `this.learn.x`; other learners reject it.
 *
 * Source: fastai `callback/core.py`.
 *
 * @typeParam L The learners that it supports (default: all).
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
  /** Callbacks run in ascending order of this; equal ones run in the order in which they were added. */
  order = 0;
  /** Callback classes that run before this one, regardless of `order`. */
  runsAfter: readonly CallbackClass[] = [];
  /** Callback classes that run after this one, regardless of `order`. */
  runsBefore: readonly CallbackClass[] = [];
  /** Whether its batch events run in training. */
  runTrain = true;
  /** Whether its batch events run in validation and prediction. */
  runValid = true;
  /** Whether it runs in fits only, not in a separate validation or prediction, nor in `lrFind`. */
  fitOnly = false;
  /** Whether `FetchPredsCallback` removes it while predicting during a fit. */
  removeOnFetch = false;
  /** Whether it runs at all; reset to true after each fit. */
  run = true;
  /** The learner to which it was added. */
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
   * Runs last, whether fitting, validating or predicting succeeded, was canceled or failed: restores what the
   * callback changed, disposes of its remaining tensors, and ends what it began, such as writing a file.
   */
  cleanUp?(): Work;

  /** Frees what it keeps beyond a run, such as collected batches: called by `learn.dispose`. */
  dispose?(): void;

  /**
   * Its state between two batches, from which a fit is resumed: numbers, strings, booleans, `null`, tensors, which remain its own,
   * and lists and plain objects of these. Omit it if the state follows from the events and the learner.
   */
  stateDict?(): object | Promise<object>;

  /** Continues from a state that {@link stateDict} returned, whose tensors it takes. */
  loadStateDict?(state: object): Work;

  /** Called by a learner to which it is added. */
  attachTo(learn: L): void {
    this.learn = learn;
  }
}
