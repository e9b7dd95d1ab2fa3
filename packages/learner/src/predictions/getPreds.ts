import { ArgumentError, log, mapTensors, type Split, tensorsIn, toList } from '@fastts/core';
import { DataLoader, describeValue, ItemError, type SkippedItem } from '@fastts/data';
import * as tf from '@tensorflow/tfjs-core';
import { type GatheredPreds, GatherPredsCallback } from '../callbacks/predictions/gatherPreds.js';
import { LearnerError } from '../errors.js';
import type { AnyLearner } from '../learner.js';
import { type BatchSource, sourceOf, type TargetsIn } from '../loop/batch.js';
import type { CallbacksFor } from '../loop/callback.js';
import { findDefaultLoss } from '../losses/defaultLoss.js';
import type { Loss } from '../losses/loss.js';
import { checkReducible } from '../losses/loss.js';
import { describeWeights, nonFiniteRows, nonFiniteWeights } from '../numbers/finite.js';
import { withMissingRows } from './missingRows.js';

/** Options of {@link Learner.getPreds}. */
export interface GetPredsOptions<
  X = unknown,
  Y = unknown,
  Source extends BatchSource<X, unknown> = BatchSource<X, unknown>,
  WithInput extends boolean = boolean,
  WithDecoded extends boolean = boolean,
  WithLoss extends boolean = boolean,
> {
  /** Which of the data's sets to predict (default `'valid'`). */
  split?: Split;
  /** A source of batches to use instead, such as `dls.testDl(items)`. */
  dl?: Source;
  /**
   * Whether a training set is transformed as in training, randomly and so differently at each call, as in fastai
   * (default true); with false, it is transformed as in validation.
   */
  augment?: boolean;
  /** Whether to also return the inputs, first (default false). */
  withInput?: WithInput;
  /** Whether to also return the decoded predictions, such as class indices, after the targets (default false). */
  withDecoded?: WithDecoded;
  /** Whether to also return the loss of each item, last (default false). */
  withLoss?: WithLoss;
  /** The activation applied to predictions (default: the loss's, such as softmax). */
  act?: (pred: tf.Tensor) => tf.Tensor;
  /** Whether to keep the order of the items (default true), or the order in which `dl` draws them, if it shuffles. */
  reorder?: boolean;
  /**
   * What to do for an item that cannot be loaded: throw an error that names it (`'error'`, default), or return rows
   * of NaN, −1 in tensors of integers or booleans (`'nan'`), with the item logged and listed in the data loader's
   * `skipped`.
   */
  unreadable?: 'error' | 'nan';
  /** Whether it runs within a fit, such as in a callback (default false). */
  inner?: boolean;
  /** Callbacks for these predictions only. */
  cbs?: CallbacksFor<X, Y>;
}

/** The result of {@link Learner.getPreds}. */
export type Preds<
  X,
  Y,
  WithInput extends boolean = false,
  WithDecoded extends boolean = false,
  WithLoss extends boolean = false,
> = [
  ...(WithInput extends true ? [inputs: X] : []),
  preds: tf.Tensor,
  targs: Y,
  ...(WithDecoded extends true ? [decoded: tf.Tensor] : []),
  ...(WithLoss extends true ? [losses: tf.Tensor1D] : []),
];

/** Implements {@link Learner.getPreds}. */
export const getPreds: typeof predictSet = async (learn, options) => {
  const parts = await predictRows(learn, options);
  const preds = tensorsIn(parts[options?.withInput ? 1 : 0])[0]!;
  await reportNonFinite(learn, preds, options?.dl ?? sourceOf(learn.dls, options?.split ?? 'valid'));
  return parts;
};

/** Like {@link getPreds}, but predictions that are not finite are not reported. */
export const predictRows: typeof predictSet = (learn, options) => predictSet(learn, options).catch(addRemedy);

/** Logs the number of predictions that are not finite, except for the rows of items that cannot be loaded. */
export async function reportNonFinite(
  { model }: AnyLearner,
  preds: tf.Tensor,
  source: BatchSource<unknown, unknown>,
): Promise<void> {
  const rows = await nonFiniteRows(preds);
  if (source instanceof DataLoader) for (const { position } of source.skipped) rows.delete(position);
  const [first] = rows;
  if (!first) return;
  const weights = await nonFiniteWeights(model);
  log(
    `${rows.size} of ${preds.shape[0]} predictions are not finite: the first is in row ${first[0]}, with the value ${first[1]}.${weights.length > 0 ? ` ${describeWeights(weights)}` : ''}`,
  );
}

function addRemedy(error: unknown): never {
  if (!(error instanceof ItemError)) throw error;
  throw new ItemError(
    `${error.message.replace(/\.$/, '')}. Remove the item, or set unreadable: 'nan' for a row of NaN.`,
    { cause: error.cause },
  );
}

/** Like {@link getPreds}, but the error for an item that cannot be loaded has no remedy, for callers without the option. */
export async function predictSet<
  X,
  Y,
  Source extends BatchSource<X, unknown> = BatchSource<X, Y>,
  WithInput extends boolean = false,
  WithDecoded extends boolean = false,
  WithLoss extends boolean = false,
>(
  learn: AnyLearner<X, Y>,
  options?: GetPredsOptions<X, Y, Source, WithInput, WithDecoded, WithLoss>,
): Promise<Preds<X, TargetsIn<Source>, WithInput, WithDecoded, WithLoss>>;
export async function predictSet(learn: AnyLearner, options: GetPredsOptions = {}): Promise<unknown[]> {
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
  const skipped = dl instanceof DataLoader ? dl.skipped : [];
  if (!gathered) throw new LearnerError(nothingToPredict(skipped));
  try {
    const parts = arrange(learn, gathered, withDecoded, options.act);
    return skipped.length > 0 ? oneRowPerItem(parts, skipped) : parts;
  } catch (error) {
    tf.dispose([gathered.inputs, gathered.preds, gathered.targets, gathered.losses ?? []]);
    throw error;
  }
}

/** A pass over all items, in order unless the given loader shuffles and may do so. */
function wholePass(
  { dls }: AnyLearner,
  { dl, split = 'valid', augment = true, reorder = true, unreadable = 'error' }: GetPredsOptions,
): BatchSource<unknown, unknown> {
  if (unreadable !== 'error' && unreadable !== 'nan') {
    throw new ArgumentError(`unreadable must be 'error' or 'nan', got ${describeValue(unreadable)}.`);
  }
  const given = dl ?? sourceOf(dls, split);
  if (!(given instanceof DataLoader)) return given;
  return given.with({
    dropLast: false,
    shuffle: dl !== undefined && !reorder && given.shuffle,
    split: augment ? given.split : 'valid',
    strict: unreadable === 'error',
    maxSkipped: 1,
  });
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

/** The tensors of `parts`, with rows inserted for skipped items. */
function oneRowPerItem(parts: readonly unknown[], skipped: readonly SkippedItem[]): unknown[] {
  const positions = skipped.map(({ position }) => position);
  const fill = (tensor: tf.Tensor) => {
    const rows = withMissingRows(tensor, positions);
    tensor.dispose();
    return rows;
  };
  return parts.map((part) => mapTensors(part, fill));
}

function nothingToPredict([first, ...others]: readonly SkippedItem[]): string {
  if (!first) return 'There is nothing to predict: the set has no items.';
  return `None of the ${1 + others.length} items can be loaded; the first is ${first.path}: ${first.reason}`;
}

/** Decoded predictions, in the form of targets. */
function decoded(learn: AnyLearner, preds: tf.Tensor): tf.Tensor {
  const loss = lossObject(learn);
  // A loss without an activation takes probabilities, which the target's default loss can also decode.
  const decoding = loss.decodes ? loss : findDefaultLoss(learn.dls);
  return decoding?.decodes?.(preds) ?? preds.clone();
}

function lossObject({ lossFunc }: AnyLearner): Partial<Loss> {
  return typeof lossFunc === 'function' ? {} : lossFunc;
}
