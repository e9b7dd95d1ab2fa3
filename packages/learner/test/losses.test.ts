import {
  AdaptiveAvgPool2d,
  BatchNorm2d,
  Conv2d,
  Flatten,
  fromConfig,
  Linear,
  ReLU,
  Sequential,
  ShapeError,
  setSeed,
  toConfig,
  useEngine,
} from '@fastts/core';
import { type Batch, DataBlock, TransformBlock } from '@fastts/data';
import { expectAllClose, type Nested } from '@fastts/testing/allClose';
import { eachEngine } from '@fastts/testing/engines';
import * as tf from '@tensorflow/tfjs-core';
import {
  accuracy,
  BCELossFlat,
  BCEWithLogitsLossFlat,
  BiTemperedLoss,
  CrossEntropyLossFlat,
  CutMixCB,
  DiceLoss,
  expectedCalibrationError,
  FocalLoss,
  FocalLossFlat,
  L1LossFlat,
  LabelSmoothingCrossEntropy,
  LabelSmoothingCrossEntropyFlat,
  Learner,
  type Loss,
  MixUpCB,
  MSELossFlat,
  SymmetricCrossEntropy,
} from '../src/index.js';
import { fixture, smallLearner, tensor } from './smallNetwork.js';

const kinds = {
  crossEntropy: CrossEntropyLossFlat,
  labelSmoothing: LabelSmoothingCrossEntropy,
  BCELossFlat,
  BCEWithLogitsLossFlat,
  BiTemperedLoss,
  CrossEntropyLossFlat,
  DiceLoss,
  FocalLoss,
  FocalLossFlat,
  L1LossFlat,
  LabelSmoothingCrossEntropyFlat,
  MSELossFlat,
  SymmetricCrossEntropy,
};

interface LossCase {
  kind: keyof typeof kinds;
  options: { t2?: number; numIters?: number };
  pred: Nested;
  targ: Nested;
  loss: Nested;
  grad: Nested;
  activation?: Nested;
  decodes?: Nested;
}

const noisy = fixture<Record<'exact' | 'extremes', LossCase[]>>('noisyLabelLosses');

const losses = ['numbers', 'losses', 'noisyLabelLosses'].flatMap(
  (name) => fixture<{ losses: LossCase[] }>(name).losses,
);

const named = losses.map((one): [string, LossCase] => [`${one.kind} ${JSON.stringify(one.options)}`, one]);

function lossOf({ kind, options }: LossCase): Loss {
  return new kinds[kind](options);
}

/** Targets as returned by a data loader: class indices and 0 or 1 are int32. */
function targetOf({ targ }: LossCase): tf.Tensor {
  const whole = [targ].flat(9).every(Number.isInteger);
  return tensor(targ, whole ? 'int32' : 'float32');
}

eachEngine(
  () => {
    test.each(named)('%s: value, gradient, activation and decoding agree with Python', async (_, one) => {
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

    test.each([...noisy.exact, ...noisy.extremes])(
      '$kind of $options is that of its definition, also for logits of ±100',
      (one) => {
        const { t2 = 1 } = one.options;
        const loss = lossOf({ ...one, options: t2 === 1 ? one.options : { ...one.options, numIters: 60 } });
        const [pred, targ] = [tensor(one.pred), targetOf(one)];
        const grad = tf.grad((p: tf.Tensor) => loss.forward(p, targ))(pred);
        expectAllClose(loss.forward(pred, targ), one.loss, { rtol: 2e-4, atol: 1e-5 });
        expectAllClose(grad, one.grad, { rtol: 1e-3, atol: 1e-5 });
        const probs = loss.activation!(pred);
        expectAllClose(probs, one.activation!, { rtol: 1e-4, atol: 1e-6 });
        expectAllClose(tf.sum(probs, -1), tf.ones([5]), { atol: 5e-5 });
      },
    );
  },
  { also: ['wasm'] },
);

// Google's bisection in few steps is not smooth.
const isSmooth = ({ kind, options }: LossCase) => kind !== 'BCELossFlat' && !('numIters' in options);

test.each(named.filter(([, one]) => isSmooth(one)))(
  '%s: gradient agrees with finite differences',
  async (_, one) => {
    await useEngine('cpu');
    const loss = lossOf(one);
    const [pred, targ] = [tensor(one.pred), targetOf(one)];
    const total = (p: tf.Tensor) => tf.tidy(() => tf.sum(loss.forward(p, targ)));
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

const weighted = {
  BiTemperedLoss,
  CrossEntropyLossFlat,
  LabelSmoothingCrossEntropyFlat,
  FocalLossFlat,
  SymmetricCrossEntropy,
};
const overClasses = { ...weighted, DiceLoss };

test.each(Object.entries(overClasses))('%s: an axis can be counted from either end', (_, kind) => {
  const shape = [2, 3, 4, 5, 2];
  const [pred, targ] = [tf.randomNormal(shape), tf.randomUniform([2, 4, 5, 2], 0, 3, 'int32')];
  const last = new kind().forward(tf.transpose(pred, [0, 2, 3, 4, 1]), targ);
  for (const axis of [1, -4]) {
    const loss = new kind({ axis });
    expectAllClose(loss.forward(pred, targ), last, { rtol: 1e-5 });
    expect(loss.activation(pred).shape).toEqual(shape);
    expect(loss.decodes(pred).shape).toEqual(targ.shape);
    expectAllClose(tf.sum(loss.activation(pred), 1), tf.ones([2, 4, 5, 2]));
  }
  expect(() => new kind({ axis: 5 }).forward(pred, targ)).toThrow(/axis is 5.*5 axes.*from -5 to 4/);
});

test.each(Object.entries(overClasses))('%s of one class is 0, and learns nothing', (_, kind) => {
  const [pred, targ] = [tf.randomNormal([2, 3, 3, 1]), tf.zeros([2, 3, 3], 'int32')];
  const loss = new kind();
  const { value, grad } = tf.valueAndGrad((p: tf.Tensor) => loss.forward(p, targ))(pred);
  expectAllClose(value, 0);
  expectAllClose(grad, tf.zerosLike(pred), { atol: 1e-7 });
});

test.each([
  ['all items are ignored', { ignoreIndex: 255 }, 255],
  ['all items have classes of weight 0', { weight: [1, 0, 1] }, 1],
])('if %s, loss and gradient are 0', (_, options, number) => {
  const [pred, targ] = [tf.randomNormal([4, 3]), tf.fill([4], number, 'int32')];
  for (const kind of Object.values(weighted)) {
    const loss = new kind(options);
    const { value, grad } = tf.valueAndGrad((p: tf.Tensor) => loss.forward(p, targ))(pred);
    expectAllClose(value, 0);
    expectAllClose(grad, tf.zerosLike(pred));
  }
});

test('the Dice loss of an absent class is 0, also without smoothing', () => {
  const pred = tf.tensor([[[0, -1000]]]);
  const loss = new DiceLoss({ smooth: 0 });
  const { value, grad } = tf.valueAndGrad((p: tf.Tensor) => loss.forward(p, tf.zeros([1, 1], 'int32')))(pred);
  expectAllClose(value, 0);
  expectAllClose(grad, tf.zerosLike(pred));
});

test("bi-tempered loss has the values of Google's tests, and with temperatures of 1 is cross entropy", () => {
  const pred = tf.tensor2d([
    [-0.5, 0.1, 2],
    [0.1, 1.5, -5],
    [4, -3, -6],
  ]);
  const targ = tf.tensor1d([0, 1, 2], 'int32');
  const smoothed = new BiTemperedLoss({ t1: 0.5, t2: 1.5, labelSmoothing: 0.1, reduction: 'none' });
  expectAllClose(smoothed.forward(pred, targ), [0.76652711, 0.08627685, 1.3544351], { atol: 1e-5 });
  expectAllClose(new BiTemperedLoss({ t2: 4 }).activation(pred), [
    [0.3205458, 0.32714278, 0.3523402],
    [0.3430056, 0.36491093, 0.29220778],
    [0.41369352, 0.30534995, 0.28299212],
  ]);
  const [tempered, plain] = [new BiTemperedLoss({ t1: 1, t2: 1 }), new CrossEntropyLossFlat()].map((loss) =>
    tf.valueAndGrad((p: tf.Tensor) => loss.forward(p, targ))(pred),
  );
  expectAllClose(tempered!.value, plain!.value);
  expectAllClose(tempered!.grad, plain!.grad, { atol: 1e-6 });
  expect(() => new BiTemperedLoss({ t2: 0.5 })).toThrow(/t1 must be a number .* 0.5, got 0.8/);
});

test.each([
  [0.8, 1.2],
  [0.3, 0.5],
])('the bi-tempered loss with t1 of %d and t2 of %d is NaN if a score is, not a number', (t1, t2) => {
  const loss = new BiTemperedLoss({ t1, t2, reduction: 'none' });
  const pred = tf.tensor2d([Number.NaN, 1, 1, 2], [2, 2]);
  const targ = tf.tensor1d([0, 1], 'int32');
  const { value, grad } = tf.valueAndGrad((p: tf.Tensor) => tf.sum(loss.forward(p, targ)))(pred);
  expect(value.dataSync()[0]).toBeNaN();
  expect([...grad.dataSync()].map(Number.isNaN)).toEqual([true, true, false, false]);
  expect([...loss.activation(pred).dataSync()].map(Number.isNaN)).toEqual([true, true, false, false]);
});

test.each([
  new BiTemperedLoss({ t1: 0.5, t2: 0.9, labelSmoothing: 0.1, axis: 1, weight: [1, 2] }),
  new SymmetricCrossEntropy({ alpha: 6, beta: 0.1, ignoreIndex: 255 }),
])('$constructor.name is in files with its settings', (loss) => {
  expect(fromConfig(toConfig(loss, 'the loss'))).toEqual(loss);
});

test.each([new BiTemperedLoss(), new SymmetricCrossEntropy()])(
  'a learner with $constructor.name trains with mixup and CutMix',
  async (lossFunc) => {
    await useEngine('cpu');
    const learn = smallLearner({ lossFunc, metrics: expectedCalibrationError, cbs: new MixUpCB() });
    await learn.fit(1, 0.05);
    learn.removeCbs(MixUpCB);
    await learn.fit(1, 0.05, { cbs: new CutMixCB() });
    const [preds, targs] = await learn.getPreds();
    expectAllClose(tf.sum(preds, 1), tf.ones([preds.shape[0]!]), { atol: 1e-4 });
    const error = learn.recorder.values.at(-1)!.at(-1)!;
    expect(await expectedCalibrationError(preds, targs)).toBeCloseTo(error, 5);
  },
);

test('the head of a frozen model is trained on wasm like on cpu', async () => {
  const fitted: number[][] = [];
  for (const engine of ['cpu', 'wasm'] as const) {
    await useEngine(engine);
    setSeed(1);
    const body = new Sequential(
      new Conv2d(3, 4, 3),
      new BatchNorm2d(4),
      new ReLU(),
      new AdaptiveAvgPool2d(1),
    );
    body.requiresGrad_(false);
    const batch = [
      tf.randomNormal([4, 8, 8, 3], 0, 1, 'float32', 5),
      tf.tensor1d([0, 1, 2, 1], 'int32'),
    ] as const;
    const batches = {
      length: 3,
      *[Symbol.iterator](): Generator<Batch<tf.Tensor, tf.Tensor>> {
        for (let i = 0; i < 3; i++) yield [batch[0].clone(), batch[1].clone()];
      },
    };
    const model = new Sequential(body, new Flatten(), new Linear(4, 3));
    const learn = new Learner({ train: batches, valid: batches }, model, {
      lossFunc: new LabelSmoothingCrossEntropy(),
      metrics: accuracy,
      trainBn: false,
    });
    await learn.noLogging(() => learn.noBar(() => learn.fit(2, 0.1)));
    fitted.push(learn.recorder.values.flat() as number[]);
  }
  expectAllClose(fitted[1]!, fitted[0]!, { rtol: 1e-4 });
});
