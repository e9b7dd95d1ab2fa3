import { DataLoaders } from '@fastts/data';
import * as tf from '@tensorflow/tfjs';
import { LearnerError } from './errors.js';
import { Learner } from './learner.js';

/** What {@link Learner.predict} says of an item. */
export type Prediction = [
  /** As a person would say it, such as the class's name. */
  decoded: unknown,
  /** What the loss decodes: the class's number, or a nested list for a prediction of more numbers. */
  prediction: unknown,
  /** After the loss's activation: the probability of each class. */
  probabilities: number[],
];

declare module './learner.js' {
  interface Learner<X, Y, D> {
    /**
     * What the model says of one item, given as the data block's items are (such as the path of a picture).
     *
     * Source: fastai `learner.py`, `predict`.
     *
     * @throws LearnerError when the learner's data is no `DataLoaders`, which know how to make an input of an item
     * @example
     * const [label, number, probabilities] = await learn.predict('church.jpg');
     */
    predict(item: unknown): Promise<Prediction>;
  }
}

Learner.prototype.predict = async function (item) {
  const { dls } = this;
  if (!(dls instanceof DataLoaders)) {
    throw new LearnerError('predict needs DataLoaders, which know how to make an input of an item.');
  }
  const dl = dls.testDl([item], { strict: true });
  const [input, preds, , decoded] = await this.noBar(() =>
    this.getPreds({ dl, withInput: true, withDecoded: true }),
  );
  const [[, label] = []] = await dls.valid.decodeBatch([input, decoded], { maxN: 1 });
  const [prediction, probabilities] = [await decoded.array(), await preds.array()];
  tf.dispose([input, preds, decoded]);
  return [label, (prediction as unknown[])[0], (probabilities as number[][])[0]!.flat()];
};
