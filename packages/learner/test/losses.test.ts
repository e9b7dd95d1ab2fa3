import { ShapeError } from '@fastts/core';
import * as tf from '@tensorflow/tfjs';
import {
  CrossEntropyLossFlat,
  type CrossEntropyOptions,
  LabelSmoothingCrossEntropy,
  type LabelSmoothingOptions,
} from '../src/index.js';
import { expectClose, fixture, type Nested, tensor } from './smallNetwork.js';

type LossCase = {
  pred: Nested;
  targ: Nested;
  loss: Nested;
  grad: Nested;
  activation: Nested;
  decodes: Nested;
} & (
  | { kind: 'crossEntropy'; options: CrossEntropyOptions }
  | { kind: 'labelSmoothing'; options: LabelSmoothingOptions }
);

const { losses } = fixture<{ losses: LossCase[] }>('numbers');

const named = losses.map((one): [string, LossCase] => [`${one.kind} ${JSON.stringify(one.options)}`, one]);

function lossOf(one: LossCase) {
  return one.kind === 'crossEntropy'
    ? new CrossEntropyLossFlat(one.options)
    : new LabelSmoothingCrossEntropy(one.options);
}

test.each(named)('%s: value, gradient, activation and decoding are those of fastai', async (_, one) => {
  const loss = lossOf(one);
  const [pred, targ] = [tensor(one.pred), tensor(one.targ, 'int32')];
  const { value, grad } = tf.valueAndGrad((p: tf.Tensor) => tf.sum(loss.forward(p, targ)))(pred);
  expectClose((await loss.forward(pred, targ).array()) as Nested, one.loss);
  if (loss.reduction !== 'none') expectClose(await value.array(), one.loss);
  expectClose((await grad.array()) as Nested, one.grad, 1e-5, 1e-6);
  expectClose((await loss.activation(pred).array()) as Nested, one.activation);
  expect(await loss.decodes(pred).array()).toEqual(one.decodes);
});

test.each(named)('%s: gradient is that of finite differences', async (_, one) => {
  const loss = lossOf(one);
  const [pred, targ] = [tensor(one.pred), tensor(one.targ, 'int32')];
  const total = (p: tf.Tensor) => tf.tidy(() => tf.sum(loss.forward(p, targ)) as tf.Scalar);
  const grad = (await tf.grad(total)(pred).data()) as Float32Array;
  const step = 1e-2;
  for (let i = 0; i < pred.size; i += 5) {
    const shifted = (by: number) =>
      tf.add(pred, tf.tensor(tf.oneHot(i, pred.size).dataSync(), pred.shape).mul(by));
    const slope = (total(shifted(step)).dataSync()[0]! - total(shifted(-step)).dataSync()[0]!) / (2 * step);
    expect(grad[i]).toBeCloseTo(slope, 3);
  }
});

test('targets and weights that do not fit are errors that name both numbers', () => {
  const pred = tf.zeros([4, 3]);
  expect(() => new CrossEntropyLossFlat().forward(pred, tf.zeros([5]))).toThrow(ShapeError);
  expect(() => new CrossEntropyLossFlat().forward(pred, tf.zeros([5]))).toThrow(/4 predictions.*5 targets/);
  const loss = new LabelSmoothingCrossEntropy({ weight: [1, 2] });
  expect(() => loss.forward(pred, tf.zeros([4]))).toThrow(/2 class weights.*3 classes/);
});
