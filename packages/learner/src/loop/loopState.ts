import { type Parameter, tensorsIn } from '@fastts/core';
import { type Batch, type BatchItems, itemsOf } from '@fastts/data';
import * as tf from '@tensorflow/tfjs-core';
import { LearnerError } from '../errors.js';
import { CallbackHost } from './callbackHost.js';
import type { SourcePass } from './sourcePass.js';

/** The state of the loop, which callbacks read and change. */
export abstract class LoopState<X, Y> extends CallbackHost<X, Y> {
  /** Number of epochs in the fit. */
  nEpoch = 1;
  /** Index of the epoch. */
  epoch = 0;
  /** Number of batches in the pass. */
  nIter = 0;
  /** Index of the batch in the pass. */
  iter = 0;
  /** Number of training batches done in the fit. */
  trainIter = 0;
  /** Progress of the fit, from 0 to 1. */
  pctTrain = 0;
  /** The batch's items, such as their names; `null` if the source of batches does not provide them. */
  batchItems: BatchItems | null = null;
  /** The pass over the data whose batches are used. */
  pass: SourcePass<X, Y> | null = null;
  /** Which fit of a method with several it is, from 0: the second of `fineTune` is 1. */
  fitPart = 0;
  /** Number of fits of that method: 2 for `fineTune`, otherwise 1. */
  fitParts = 1;
  /** The folder of checkpoints from which the fit is resumed, if the option was set. */
  resume: string | undefined;
  /** The gradients for the next step. */
  readonly grads = new Map<Parameter, tf.Tensor>();

  private parts: BatchParts<X, Y> = {};
  private readonly owned = new Set<tf.Tensor>();

  /** The batch's input. A replacement assigned by a callback also belongs to the learner. */
  get x(): X {
    return this.part('x');
  }
  set x(value: X) {
    this.parts.x = this.untilBatchEnds(value);
  }

  /** The batch's target. */
  get y(): Y {
    return this.part('y');
  }
  set y(value: Y) {
    this.parts.y = this.untilBatchEnds(value);
  }

  /** The model's output, from `afterPred` to `afterBatch`. */
  get pred(): tf.Tensor {
    return this.part('pred');
  }
  set pred(value: tf.Tensor) {
    this.parts.pred = this.untilBatchEnds(value);
  }

  /** The loss, from `afterLoss` to `afterBatch`. */
  get loss(): tf.Tensor {
    return this.part('loss');
  }
  set loss(value: tf.Tensor) {
    this.parts.loss = this.untilBatchEnds(value);
  }

  /** The scalar to differentiate: the loss, unless a callback sets another in `afterLoss` or `beforeBackward`. */
  get lossGrad(): tf.Tensor {
    return this.parts.lossGrad ?? this.loss;
  }
  set lossGrad(value: tf.Tensor) {
    this.parts.lossGrad = this.untilBatchEnds(value);
  }

  /** Whether the batch has a prediction yet. */
  get hasPred(): boolean {
    return this.parts.pred !== undefined;
  }

  /** Whether the batch has a loss yet; a batch without targets never does. */
  get hasLoss(): boolean {
    return this.parts.loss !== undefined;
  }

  /** The batch: its input and target. */
  get batch(): Batch<X, Y> {
    return [this.x, this.y];
  }

  /** The batch's input tensors. */
  get inputs(): tf.Tensor[] {
    return tensorsIn(this.parts.x);
  }

  /** The batch's target tensors; none if the data has no labels. */
  get targets(): tf.Tensor[] {
    return tensorsIn(this.parts.y);
  }

  /** Transfers tensors to the learner, which disposes of them after `afterBatch`. */
  untilBatchEnds<T>(value: T): T {
    for (const tensor of tensorsIn(value)) this.owned.add(tf.keep(tensor));
    return value;
  }

  /** Disposes of the gradients. */
  zeroGrad(): void {
    tf.dispose([...this.grads.values()]);
    this.grads.clear();
  }

  /** Starts a batch, which then belongs to the learner. */
  protected beginBatch(batch: Batch<X, Y>): void {
    [this.x, this.y] = batch;
    this.batchItems = itemsOf(batch) ?? null;
  }

  /** Disposes of all tensors that belong to the batch. */
  protected endBatch(): void {
    tf.dispose([...this.owned]);
    this.owned.clear();
    this.parts = {};
    this.batchItems = null;
  }

  private part<K extends keyof BatchParts<X, Y>>(name: K): NonNullable<BatchParts<X, Y>[K]> {
    if (!(name in this.parts)) {
      throw new LearnerError(
        `\`${name}\` is not available now: it exists from its creation until afterBatch.`,
      );
    }
    return this.parts[name]!;
  }
}

interface BatchParts<X, Y> {
  x?: X;
  y?: Y;
  pred?: tf.Tensor;
  loss?: tf.Tensor;
  lossGrad?: tf.Tensor;
}
