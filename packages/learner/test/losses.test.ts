import { Linear, ShapeError } from '@fastts/core';
import { DataBlock, TransformBlock } from '@fastts/data';
import { expectAllClose, type Nested } from '@fastts/testing/allClose';
import { eachEngine } from '@fastts/testing/engines';
import * as tf from '@tensorflow/tfjs-core';
import {
  BCELossFlat,
  BCEWithLogitsLossFlat,
  CrossEntropyLossFlat,
  DiceLoss,
  FocalLoss,
  FocalLossFlat,
  L1LossFlat,
  LabelSmoothingCrossEntropy,
  LabelSmoothingCrossEntropyFlat,
  Learner,
  type Loss,
  MSELossFlat,
} from '../src/index.js';
import { fixture, tensor } from './smallNetwork.js';

const kinds = {
  crossEntropy: CrossEntropyLossFlat,
  labelSmoothing: LabelSmoothingCrossEntropy,
  BCELossFlat,
  BCEWithLogitsLossFlat,
  CrossEntropyLossFlat,
  DiceLoss,
  FocalLoss,
  FocalLossFlat,
  L1LossFlat,
  LabelSmoothingCrossEntropyFlat,
  MSELossFlat,
};

interface LossCase {
  kind: keyof typeof kinds;
  options: object;
  pred: Nested;
  targ: Nested;
  loss: Nested;
  grad: Nested;
  activation?: Nested;
  decodes?: Nested;
}

const losses = ['numbers', 'losses'].flatMap((name) => fixture<{ losses: LossCase[] }>(name).losses);

const named = losses.map((one): [string, LossCase] => [`${one.kind} ${JSON.stringify(one.options)}`, one]);

function lossOf({ kind, options }: LossCase): Loss {
  return new kinds[kind](options);
}

/** Targets as returned by a data loader: class indices and 0 or 1 are int32. */
function targetOf({ targ }: LossCase): tf.Tensor {
  const whole = [targ].flat(9).every(Number.isInteger);
  return tensor(targ, whole ? 'int32' : 'float32');
}

eachEngine(() => {
  test.each(named)('%s: value, gradient, activation and decoding agree with fastai', async (_, one) => {
    const loss = lossOf(one);
    const [pred, targ] = [tensor(one.pred), targetOf(one)];
    const { value, grad } = tf.valueAndGrad((p: tf.Tensor) => tf.sum(loss.forward(p, targ)))(pred);
    expectAllClose(loss.forward(pred, targ), one.loss, { rtol: 1e-5, atol: 1e-6 });
    if (loss.reduction !== 'none') expectAllClose(value, one.loss, { rtol: 1e-5, atol: 1e-6 });
    expectAllClose(grad, one.grad, { rtol: 1e-5, atol: 1e-6 });
    if (!one.activation || !one.decodes) return;
    const active = loss.activation?.(pred) ?? pred;
    expectAllClose(active, one.activation);
    const decoded = loss.decodes?.(active) ?? active;
    expectAllClose(decoded, one.decodes);
  });
});

test.each(named.filter(([, { kind }]) => kind !== 'BCELossFlat'))(
  '%s: gradient agrees with finite differences',
  async (_, one) => {
    const loss = lossOf(one);
    const [pred, targ] = [tensor(one.pred), targetOf(one)];
    const total = (p: tf.Tensor) => tf.tidy(() => tf.sum(loss.forward(p, targ)) as tf.Scalar);
    const grad = (await tf.grad(total)(pred).data()) as Float32Array;
    const step = 1e-2;
    for (let i = 0; i < pred.size; i += 5) {
      const shifted = (by: number) =>
        tf.add(pred, tf.tensor(tf.oneHot(i, pred.size).dataSync(), pred.shape).mul(by));
      const slope = (total(shifted(step)).dataSync()[0]! - total(shifted(-step)).dataSync()[0]!) / (2 * step);
      expect(grad[i]).toBeCloseTo(slope, 2);
    }
  },
);

test('mismatched targets and weights are errors that name both numbers', () => {
  const pred = tf.zeros([4, 3]);
  expect(() => new CrossEntropyLossFlat().forward(pred, tf.zeros([5]))).toThrow(ShapeError);
  expect(() => new CrossEntropyLossFlat().forward(pred, tf.zeros([5]))).toThrow(/4 predictions.*5 targets/);
  const loss = new LabelSmoothingCrossEntropy({ weight: [1, 2] });
  expect(() => loss.forward(pred, tf.zeros([4]))).toThrow(
    /weight must have one number per class \(3\), got 2/,
  );
  const binary = new BCEWithLogitsLossFlat({ posWeight: [1, 2] });
  expect(() => binary.forward(pred, tf.zeros([4]))).toThrow(/predictions.*\[4,3\].*targets.*\[4\]/);
  expect(() => binary.forward(pred, tf.zeros([4, 3]))).toThrow(
    /posWeight must have one number per class \(3\), got 2/,
  );
  expect(() => new DiceLoss().forward(tf.zeros([2, 4, 4, 3]), tf.zeros([2, 4]))).toThrow(
    /\[2,4,4,3\].*must be class indices of shape \[2,4,4\], got shape \[2,4\]/,
  );
});

test.each([
  ['category', CrossEntropyLossFlat],
  ['multiCategory', BCEWithLogitsLossFlat],
  ['mask', CrossEntropyLossFlat],
  ['regression', MSELossFlat],
  ['point', MSELossFlat],
])('the default loss for targets of kind %s', async (kind, usual) => {
  const block = (kind: string) => new TransformBlock({ kind, collate: (numbers) => tf.tensor1d(numbers) });
  const dls = await new DataBlock({ blocks: [block('number'), block(kind)] }).dataloaders([1, 2, 3], {
    bs: 1,
  });
  const { lossFunc } = new Learner(dls, new Linear(1, 1));
  expect(lossFunc).toBeInstanceOf(usual);
});
