import { tensorRows, tensorsIn } from '@fastts/core';
import { DataLoaders, type TransformBlock } from '@fastts/data';
import * as tf from '@tensorflow/tfjs-core';
import { LearnerError, NonFiniteError } from '../errors.js';
import type { AnyLearner } from '../learner.js';
import { causeOf, type ItemNames } from '../numbers/batchPlace.js';
import { nonFiniteRows, someOf } from '../numbers/finite.js';
import { predictSet } from './getPreds.js';
import { PlacedItems } from './placedItems.js';

/**
 * Result of {@link Learner.predict}.
 *
 * @typeParam V A target in readable form.
 * @typeParam N A target as numbers.
 */
export type Prediction<V = unknown, N = unknown> = [
  /**
   * The prediction in readable form: the class name, the label names, the mask; points and boxes in pixels of the image as
   * it was given.
   */
  decoded: V,
  /** The prediction as decoded by the loss: the class index, a 0 or 1 per label, nested lists for more axes. */
  prediction: N,
  /** The output after the loss's activation: one probability per class; nested lists for more axes. */
  probabilities: number[],
];

/** Result of {@link Learner.predict} for the data `D`. With several targets, the types of single ones are unknown. */
export type PredictionOf<D> =
  D extends DataLoaders<infer _X, infer Y, infer V>
    ? Y extends tf.Tensor
      ? Prediction<V, NumbersOf<Y>>
      : Prediction
    : Prediction;

/** One item of a batch of tensors `Y` as numbers. */
type NumbersOf<Y> = Y extends tf.Tensor1D
  ? number
  : Y extends tf.Tensor2D
    ? number[]
    : Y extends tf.Tensor3D
      ? number[][]
      : Y extends tf.Tensor4D
        ? number[][][]
        : unknown;

/** Options of {@link Learner.predict}. */
export interface PredictOptions {
  /** Whether to also return the input, first, with the batch transforms undone: an image's pixels (default false). */
  withInput?: boolean;
}

/** The result of {@link Learner.predict} for data `D` and options `O`. */
export type Predicted<D, O> = O extends { withInput?: false }
  ? PredictionOf<D>
  : O extends { withInput: true }
    ? [input: unknown, ...PredictionOf<D>]
    : PredictionOf<D> | [input: unknown, ...PredictionOf<D>];

/** Implements {@link Learner.predictBatch}. */
export async function predictBatch<D, O extends PredictOptions>(
  learn: AnyLearner & { dls: D },
  items: readonly unknown[],
  options?: O,
): Promise<Predicted<D, O>[]>;
export async function predictBatch(
  learn: AnyLearner,
  items: readonly unknown[],
  { withInput = false }: PredictOptions = {},
): Promise<unknown[]> {
  const { dls } = learn;
  if (!(dls instanceof DataLoaders)) {
    throw new LearnerError('predict requires DataLoaders, which can convert an item to an input.');
  }
  if (items.length === 0) return [];
  return learn.predictionQueue.run(() => predictAll(learn, dls, items, withInput));
}

async function predictAll(
  learn: AnyLearner,
  dls: DataLoaders<unknown, unknown>,
  items: readonly unknown[],
  withInput: boolean,
): Promise<unknown[]> {
  // Check before changing anything, such as the progress bar.
  learn.checkIsIdle();
  const places = placesOf(dls);
  const given = dls.testDl(items);
  const placed = places && new PlacedItems(given, places);
  const dl = placed ?? given;
  const [inputs, preds, , decoded] = await learn.noBar(() =>
    predictSet(learn, { dl, withInput: true, withDecoded: true }),
  );
  const targets = tf.tidy(() => inFormOfTargets(decoded, dls));
  try {
    await checkFinite(learn, preds, inputs, {
      length: items.length,
      name: (row) => given.dataset.describe(row),
    });
    const shown = await dls.decodeBatch([inputs, targets], { maxN: items.length });
    const [numbers, probabilities] = await Promise.all([tensorRows(targets), preds.data()]);
    const each = preds.size / items.length;
    return shown.map(([input, value], i) => {
      const ofItem = [...probabilities.subarray(i * each, (i + 1) * each)];
      const prediction: Prediction = [placed ? placed.restored(value, i) : value, numbers[i], ofItem];
      return withInput ? [input, ...prediction] : prediction;
    });
  } finally {
    tf.dispose(tensorsIn([inputs, preds, decoded, targets]));
  }
}

/** @throws NonFiniteError naming the items whose predictions are not finite, which decode to a wrong class. */
export async function checkFinite(
  { model }: AnyLearner,
  preds: tf.Tensor,
  inputs: unknown,
  items: ItemNames,
): Promise<void> {
  const rows = await nonFiniteRows(preds);
  if (rows.size === 0) return;
  const names = [...rows.keys()].map((row) => items.name(row));
  const [found] = rows.values();
  const cause = await causeOf(model, items, [{ what: 'input', value: inputs }]);
  throw new NonFiniteError(
    `The model's output for ${someOf(names)} has the value ${found}, so there is no prediction. ${cause?.text ?? 'The weights and the input are finite: learn.detectAnomaly(() => learn.predict(item)) names the layer where it begins.'}`,
  );
}

/** The places of the target's block, if it is the only one and has any. */
function placesOf({ valid }: DataLoaders<unknown, unknown>): TransformBlock['places'] {
  const [target, ...others] = valid.dataset.blocks.slice(valid.dataset.nInp);
  return others.length === 0 ? target?.places : undefined;
}

/**
 * Reshapes predictions to the item shape of the target's block, which can differ from the model's output shape.
 *
 * @throws LearnerError when the number of elements differs.
 */
function inFormOfTargets(decoded: tf.Tensor, { valid }: DataLoaders<unknown, unknown>): tf.Tensor {
  const { blocks, nInp } = valid.dataset;
  const [target, ...others] = blocks.slice(nInp);
  if (!target?.itemShape || others.length > 0) return decoded.clone();
  const [n, ...shape] = decoded.shape;
  const has = tf.util.sizeFromShape(shape);
  const needs = tf.util.sizeFromShape(target.itemShape.filter((side) => side >= 0));
  if (target.itemShape.includes(-1) ? has % needs !== 0 : has !== needs) {
    throw new LearnerError(
      `The predictions for an item have shape [${shape}], but targets of kind '${target.kind}' have [${target.itemShape}]: use a lossFunc whose \`decodes\` converts predictions to that shape.`,
    );
  }
  return tf.reshape(decoded, [n!, ...target.itemShape]);
}
