import type { Split } from '@fastts/core';
import { DataLoader } from '@fastts/data';
import * as tf from '@tensorflow/tfjs';
import { type GatheredPreds, GatherPredsCallback } from '../callbacks/predictions/gatherPreds.js';
import { LearnerError } from '../errors.js';
import { Learner } from '../learner.js';
import { type BatchSource, sourceOf } from '../loop/batch.js';
import type { Callbacks } from '../loop/callbackHost.js';
import type { Loss } from '../losses/loss.js';
import { checkReducible } from '../losses/perItem.js';

/** Settings of {@link Learner.getPreds}. */
export interface GetPredsOptions {
  /** Which of the data's sets (default `'valid'`). */
  split?: Split;
  /** Return the inputs too, first (default false). */
  withInput?: boolean;
  /** Return what the predictions stand for too, such as class numbers, after the targets (default false). */
  withDecoded?: boolean;
  /** Return the loss of each item too, last (default false). */
  withLoss?: boolean;
  /** What predictions go through (default the loss's activation, such as softmax). */
  act?: (pred: tf.Tensor) => tf.Tensor;
  /** Predict in the order of the items (default), or in the order in which `dl` draws them, if it shuffles. */
  reorder?: boolean;
  /** Whether it is part of a fit that is running, such as in a callback (default false). */
  inner?: boolean;
  /** Callbacks for these predictions only. */
  cbs?: Callbacks;
}

/** What {@link Learner.getPreds} returns for the settings `O`. */
export type Preds<X, Y, O> = [
  ...(O extends { withInput: true } ? [inputs: X] : []),
  preds: tf.Tensor,
  targs: Y,
  ...(O extends { withDecoded: true } ? [decoded: tf.Tensor] : []),
  ...(O extends { withLoss: true } ? [losses: tf.Tensor1D] : []),
];

declare module '../learner.js' {
  interface Learner<X, Y, D> {
    /**
     * The predictions and targets of all items of a set, in its order: tensors that belong to the caller.
     *
     * Source: fastai `learner.py`, `get_preds`.
     *
     * @param options.dl a source of batches to use instead of the data's, such as `dls.testDl(items)`
     * @throws LearnerError when there are no items, or the loss cannot give single items' losses and `withLoss` wants them
     * @example
     * const [preds, targs, losses] = await learn.getPreds({ withLoss: true });
     */
    getPreds<T = Y, const O extends GetPredsOptions = GetPredsOptions>(
      options?: O & { dl?: BatchSource<X, T> },
    ): Promise<Preds<X, T, O>>;
  }
}

Learner.prototype.getPreds = async function (this: Learner, options: AnyGetPredsOptions = {}) {
  const { withInput = false, withDecoded = false, withLoss = false, inner = false, cbs = [] } = options;
  const dl = wholePass(this, options);
  const gather = new GatherPredsCallback({ withInput, withLoss });
  const gathered = await this.validating([...[cbs].flat(), gather], inner, async () => {
    const pass = () => this.validateEpoch(dl);
    if (withLoss) {
      checkReducible(this.lossFunc, 'withLoss');
      await this.lossNotReduced(pass);
    } else await pass();
    return gather.take();
  });
  if (!gathered) throw new LearnerError('There is nothing to predict: the set has no items.');
  try {
    return arrange(this, gathered, withDecoded, options.act);
  } catch (error) {
    tf.dispose([gathered.inputs, gathered.preds, gathered.targets, gathered.losses ?? []]);
    throw error;
  }
  // The tuple's type follows from the options in a way that the compiler cannot see through here.
} as typeof Learner.prototype.getPreds;

type AnyGetPredsOptions = GetPredsOptions & { dl?: BatchSource };

/** A pass over all items: in their order, but for a given loader that shuffles and may. */
function wholePass(
  { dls }: Learner,
  { dl, split = 'valid', reorder = true }: AnyGetPredsOptions,
): BatchSource {
  const given = dl ?? sourceOf(dls, split);
  if (!(given instanceof DataLoader)) return given;
  return given.with({ dropLast: false, shuffle: dl !== undefined && !reorder && given.shuffle });
}

function arrange(
  { lossFunc }: Learner,
  { inputs, preds, targets, losses }: GatheredPreds,
  withDecoded: boolean,
  act?: (pred: tf.Tensor) => tf.Tensor,
): unknown[] {
  const loss: Partial<Loss> = typeof lossFunc === 'function' ? {} : lossFunc;
  const one = (tensors: tf.Tensor[]) => (tensors.length > 1 ? tensors : tensors[0]);
  const activated = act ? act(preds) : loss.activation ? loss.activation(preds) : preds;
  if (activated !== preds) preds.dispose();
  return [
    ...(inputs.length > 0 ? [one(inputs)] : []),
    activated,
    one(targets),
    ...(withDecoded ? [loss.decodes ? loss.decodes(activated) : activated.clone()] : []),
    ...(losses ? [losses] : []),
  ];
}
