import { type Split, toList } from '@fastts/core';
import { DataLoader } from '@fastts/data';
import * as tf from '@tensorflow/tfjs-core';
import { type GatheredPreds, GatherPredsCallback } from '../callbacks/predictions/gatherPreds.js';
import { LearnerError } from '../errors.js';
import type { AnyLearner } from '../learner.js';
import { type BatchSource, sourceOf } from '../loop/batch.js';
import type { CallbacksFor } from '../loop/callback.js';
import { findDefaultLoss } from '../losses/defaultLoss.js';
import type { Loss } from '../losses/loss.js';
import { checkReducible } from '../losses/loss.js';

/** Settings of {@link Learner.getPreds}. */
export interface GetPredsOptions<X = unknown, Y = unknown> {
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
  cbs?: CallbacksFor<X, Y>;
}

/** What {@link Learner.getPreds} returns for the settings `O`. */
export type Preds<X, Y, O> = [
  ...(O extends { withInput: true } ? [inputs: X] : []),
  preds: tf.Tensor,
  targs: Y,
  ...(O extends { withDecoded: true } ? [decoded: tf.Tensor] : []),
  ...(O extends { withLoss: true } ? [losses: tf.Tensor1D] : []),
];

/** Does what {@link Learner.getPreds} says. */
export async function getPreds<X, T, const O extends GetPredsOptions>(
  learn: AnyLearner<X>,
  options?: O & { dl?: BatchSource<X, T> },
): Promise<Preds<X, T, O>>;
export async function getPreds(
  learn: AnyLearner,
  options: GetPredsOptions & { dl?: BatchSource<unknown, unknown> } = {},
): Promise<unknown[]> {
  const { withInput = false, withDecoded = false, withLoss = false, inner = false, cbs = [] } = options;
  const dl = wholePass(learn, options);
  const gather = new GatherPredsCallback({ withInput, withLoss });
  const gathered = await learn.validating([...toList(cbs), gather], inner, async () => {
    const pass = () => learn.validateEpoch(dl);
    if (withLoss) {
      checkReducible(learn.lossFunc, 'withLoss');
      await learn.lossNotReduced(pass);
    } else await pass();
    return gather.take();
  });
  if (!gathered) throw new LearnerError('There is nothing to predict: the set has no items.');
  try {
    return arrange(learn, gathered, withDecoded, options.act);
  } catch (error) {
    tf.dispose([gathered.inputs, gathered.preds, gathered.targets, gathered.losses ?? []]);
    throw error;
  }
}

/** A pass over all items: in their order, but for a given loader that shuffles and may. */
function wholePass(
  { dls }: AnyLearner,
  { dl, split = 'valid', reorder = true }: GetPredsOptions & { dl?: BatchSource<unknown, unknown> },
): BatchSource<unknown, unknown> {
  const given = dl ?? sourceOf(dls, split);
  if (!(given instanceof DataLoader)) return given;
  return given.with({ dropLast: false, shuffle: dl !== undefined && !reorder && given.shuffle });
}

function arrange(
  learn: AnyLearner,
  { inputs, preds, targets, losses }: GatheredPreds,
  withDecoded: boolean,
  act = (pred: tf.Tensor) => lossObject(learn).activation?.(pred) ?? pred,
): unknown[] {
  const one = (tensors: tf.Tensor[]) => (tensors.length > 1 ? tensors : tensors[0]);
  const activated = act(preds);
  if (activated !== preds) preds.dispose();
  return [
    ...(inputs.length > 0 ? [one(inputs)] : []),
    activated,
    one(targets),
    ...(withDecoded ? [decoded(learn, activated)] : []),
    ...(losses ? [losses] : []),
  ];
}

/** What predictions stand for, in the form of targets. */
function decoded(learn: AnyLearner, preds: tf.Tensor): tf.Tensor {
  const loss = lossObject(learn);
  // A loss without an activation is one of probabilities already, which the default loss for the target decodes as well.
  const decoding = loss.decodes ? loss : findDefaultLoss(learn.dls);
  return decoding?.decodes?.(preds) ?? preds.clone();
}

function lossObject({ lossFunc }: AnyLearner): Partial<Loss> {
  return typeof lossFunc === 'function' ? {} : lossFunc;
}
