import { DataLoaders } from '@fastts/data';
import * as tf from '@tensorflow/tfjs';
import { LearnerError } from '../errors.js';
import { Learner } from '../learner.js';

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

declare module '../learner.js' {
  interface Learner<X, Y, D> {
    /**
     * What the model says of one item, given as the data block's items are or as its input's block can take them, such
     * as the path of a picture, the bytes of its file, or its pixels as a tensor.
     *
     * Source: fastai `learner.py`, `predict`.
     *
     * @throws LearnerError when the learner's data is no `DataLoaders`, which know how to make an input of an item
     * @example
     * const [label, number, probabilities] = await learn.predict('church.jpg');
     */
    predict(item: unknown, options: PredictOptions & { withInput: true }): Promise<PredictionWithInput>;
    predict(item: unknown, options?: PredictOptions & { withInput?: false }): Promise<Prediction>;
    /**
     * What the model says of each of several items, as `predict` would: they go through the model in batches.
     *
     * @throws ItemError when an item cannot be read
     * @example
     * const labels = (await learn.predictBatch(getImageFiles('holiday'))).map(([label]) => label);
     */
    predictBatch(
      items: readonly unknown[],
      options: PredictOptions & { withInput: true },
    ): Promise<PredictionWithInput[]>;
    predictBatch(
      items: readonly unknown[],
      options?: PredictOptions & { withInput?: false },
    ): Promise<Prediction[]>;
  }
}

Learner.prototype.predict = async function (this: Learner, item: unknown, options: PredictOptions = {}) {
  const [prediction] = await predictItems(this, [item], options);
  return prediction!;
} as typeof Learner.prototype.predict;

Learner.prototype.predictBatch = function (
  this: Learner,
  items: readonly unknown[],
  options: PredictOptions = {},
) {
  return predictItems(this, items, options);
} as typeof Learner.prototype.predictBatch;

async function predictItems(
  learn: Learner,
  items: readonly unknown[],
  { withInput = false }: PredictOptions,
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
    tf.dispose([input, preds, decoded]);
  }
}

function one(values: readonly unknown[]): unknown {
  return values.length > 1 ? values : values[0];
}
