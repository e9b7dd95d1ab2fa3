import { DataLoaders } from '@fastts/data';
import * as tf from '@tensorflow/tfjs-core';
import { LearnerError } from '../errors.js';
import type { AnyLearner } from '../learner.js';
import { tensorsOf } from '../loop/batch.js';

/** What {@link Learner.predict} says of an item. */
export type Prediction = [
  /** As a person would say it, such as the class's name. */
  decoded: unknown,
  /** What the loss decodes: the class's number, or a nested list for a prediction of more numbers. */
  prediction: unknown,
  /** After the loss's activation: the probability of each class; row by row, where there are more axes. */
  probabilities: number[],
];

/** A prediction with the item's input before it, as a person would see it. */
export type PredictionWithInput = [input: unknown, ...Prediction];

/** Settings of {@link Learner.predict}. */
export interface PredictOptions {
  /** Return the input too, first, with the batch transforms undone: a picture's pixels (default false). */
  withInput?: boolean;
}

/** Does what {@link Learner.predictBatch} says. */
export async function predictBatch(
  learn: AnyLearner,
  items: readonly unknown[],
  { withInput = false }: PredictOptions = {},
): Promise<(Prediction | PredictionWithInput)[]> {
  const { dls } = learn;
  if (!(dls instanceof DataLoaders)) {
    throw new LearnerError('predict needs DataLoaders, which know how to make an input of an item.');
  }
  if (items.length === 0) return [];
  const dl = dls.testDl(items, { strict: true });
  const [input, preds, , decoded] = await learn.noBar(() =>
    learn.getPreds({ dl, withInput: true, withDecoded: true }),
  );
  try {
    const { nInp } = dls.valid.dataset;
    const shown = await dls.valid.decodeBatch([input, decoded as tf.Tensor1D], { maxN: items.length });
    const predictions = (await decoded.array()) as unknown[];
    const probabilities = await preds.data();
    const each = preds.size / items.length;
    return shown.map((values, i) => {
      const [inputs, targets] = [values.slice(0, nInp), values.slice(nInp)];
      const numbers = [...probabilities.subarray(i * each, (i + 1) * each)];
      const prediction: Prediction = [one(targets), predictions[i], numbers];
      return withInput ? [one(inputs), ...prediction] : prediction;
    });
  } finally {
    tf.dispose(tensorsOf([input, preds, decoded]));
  }
}

function one(values: readonly unknown[]): unknown {
  return values.length > 1 ? values : values[0];
}
