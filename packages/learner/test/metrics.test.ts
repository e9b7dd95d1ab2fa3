import { ShapeError } from '@fastts/core';
import { expectAllClose, type Nested } from '@fastts/testing/allClose';
import { eachEngine } from '@fastts/testing/engines';
import * as tf from '@tensorflow/tfjs-core';
import * as fastts from '../src/index.js';
import {
  AccumMetric,
  type AnyLearner,
  AvgLoss,
  AvgMetric,
  AvgSmoothLoss,
  accuracy,
  accuracyMulti,
  BrierScore,
  Dice,
  errorRate,
  F1Score,
  FBeta,
  FBetaMulti,
  LearnerError,
  lossMetrics,
  Metric,
  mse,
  optimMetric,
  RocAuc,
  RocAucBinary,
  topKAccuracy,
} from '../src/index.js';
import { fixture, tensor } from './smallNetwork.js';

type Names = 'accuracy' | 'errorRate' | 'top2' | 'top5' | 'accuracyAxis1';
type Averages = 'avgAccuracy' | 'avgLoss' | 'avgSmoothLoss';
type Numbers = { pred: Nested; targ: Nested; grid: Nested; mask: Nested } & Record<Names, number> &
  Record<Averages, number[]>;

const { metrics } = fixture<{ metrics: Numbers }>('numbers');
const [pred, targ] = [tensor(metrics.pred), tensor(metrics.targ, 'int32')];

/** A learner as seen by a metric: with what it reads of the current batch. */
const during = (batch: Partial<AnyLearner>) => batch as AnyLearner;

/** The inputs of fixtures/make_numbers.py: batches of 4, 2 and 1 items with losses 2, 1 and 0.5. */
async function averaged(metric: Metric): Promise<number[]> {
  const values: number[] = [];
  metric.reset();
  for (const [start, size, loss] of [
    [0, 4, 2],
    [4, 2, 1],
    [6, 1, 0.5],
  ] as const) {
    const batch = {
      pred: pred.slice(start, size),
      targets: [targ.slice(start, size)],
      loss: tf.scalar(loss),
    };
    metric.accumulate(during(batch));
    values.push((await metric.value())!);
  }
  return values;
}

interface MetricCase {
  metric: string;
  data: string;
  options: { beta?: number } & Record<string, unknown>;
  value: number | null;
}

interface Optimum {
  data: string;
  bounds: [number, number];
  found: [value: number, argument: number];
}

interface OfFastai {
  data: Record<string, { pred: Nested; targ: Nested }>;
  cases: MetricCase[];
  optimal: Optimum[];
  scaled: Optimum[];
}

const ofFastai = fixture<OfFastai>('metrics');

const byName = new Map<string, unknown>(Object.entries(fastts));

/** Creates a metric from its name and fastai's arguments. */
function metricOf({ metric, options: { beta, ...options } }: MetricCase): Metric {
  if (metric === 'FBeta') return new FBeta(beta!, options);
  if (metric === 'FBetaMulti') return new FBetaMulti(beta!, options);
  const named = byName.get(metric);
  if (named instanceof Metric) return named;
  if (/^[A-Z]/.test(metric)) return new (named as new (options: object) => Metric)(options);
  const func = named as (pred: tf.Tensor, targ: tf.Tensor, options: object) => tf.Scalar;
  return new AvgMetric((pred, targ) => func(pred, targ, options));
}

/** The value over two batches of different sizes. */
async function ofTwoBatches(metric: Metric, pred: tf.Tensor, targ: tf.Tensor): Promise<number | null> {
  const n = pred.shape[0]!;
  const cut = Math.floor(n / 2) + 1;
  metric.reset();
  for (const [from, size] of [
    [0, cut],
    [cut, n - cut],
  ] as const) {
    const [p, t, loss] = [pred.slice(from, size), targ.slice(from, size), tf.scalar(size / 10)];
    metric.accumulate(during({ pred: p, targets: [t], loss }));
    tf.dispose([p, t, loss]);
  }
  return metric.value();
}

eachEngine(() => {
  test('accuracy, error rate and top-k accuracy agree with fastai', async () => {
    const value = (scalar: tf.Scalar) => scalar.dataSync()[0]!;
    expectAllClose(value(accuracy(pred, targ)), metrics.accuracy);
    expectAllClose(value(errorRate(pred, targ)), metrics.errorRate);
    expectAllClose(value(topKAccuracy(pred, targ, { k: 2 })), metrics.top2);
    expectAllClose(value(topKAccuracy(pred, targ)), metrics.top5);
    const grid = accuracy(tensor(metrics.grid), tensor(metrics.mask, 'int32'), { axis: 1 });
    expectAllClose(value(grid), metrics.accuracyAxis1);
  });

  test('averages over batches of different sizes, and the smoothed loss, agree with fastai', async () => {
    expectAllClose(await averaged(new AvgMetric(accuracy)), metrics.avgAccuracy);
    expectAllClose(await averaged(new AvgLoss()), metrics.avgLoss);
    expectAllClose(await averaged(new AvgSmoothLoss()), metrics.avgSmoothLoss);
  });

  test.each(ofFastai.cases)('$metric of $data with $options agrees with fastai', async (one) => {
    const { pred, targ } = ofFastai.data[one.data]!;
    const whole = [targ].flat(9).every(Number.isInteger);
    const tensors = [tensor(pred), tensor(targ, whole ? 'int32' : 'float32')] as const;
    const before = tf.memory().numTensors;
    const metric = metricOf(one);
    const found = await ofTwoBatches(metric, ...tensors);
    metric.dispose();
    expect(tf.memory().numTensors).toBe(before);
    if (one.value === null) expect(found).toBeNull();
    else expectAllClose(found!, one.value, { rtol: 1e-5, atol: 1e-6 });
  });

  test.each(ofFastai.optimal)(
    'the best threshold between $bounds for $data agrees with fastai',
    async (one) => {
      const { pred, targ } = ofFastai.data[one.data]!;
      const best = optimMetric(
        (p, t, options) => accuracyMulti(p, t, { ...options, sigmoid: one.data !== 'probs' }),
        'thresh',
        one.bounds,
      );
      const tensors = [tensor(pred), tensor(targ, 'int32')] as const;
      const before = tf.memory().numTensors;
      const [value, thresh] = await best(...tensors);
      expectAllClose(value, one.found[0]);
      // Where accuracy is constant over an interval, rounding decides at which end of it the search stops.
      expectAllClose(thresh, one.found[1], { atol: 0.01 });
      expect(tf.memory().numTensors).toBe(before);
    },
  );

  test.each(ofFastai.scaled)(
    'the lowest error by scale between $bounds of $data agrees with fastai',
    async (one) => {
      const { pred, targ } = ofFastai.data[one.data]!;
      const error = (p: tf.Tensor, t: tf.Tensor, { scale }: { scale: number }) => mse(tf.mul(p, scale), t);
      const best = optimMetric(error, 'scale', one.bounds, { doNeg: false });
      expectAllClose(await best(tensor(pred), tensor(targ)), one.found, { rtol: 1e-3, atol: 1e-7 });
    },
  );
});

test('a metric without batches has no value; its name is that of its function, or a given one', async () => {
  const metric = new AvgMetric(accuracy);
  expect(await metric.value()).toBeNull();
  expect(metric.name).toBe('accuracy');
  expect(new AvgMetric((p, t) => topKAccuracy(p, t, { k: 2 }), { name: 'top2' }).name).toBe('top2');
});

test('batches without what a metric measures are ignored in its average', async () => {
  // Of the 3 foreground pixels of the first batch 2 are right; the second batch has none.
  const scores = tf.oneHot(tf.tensor2d([0, 1, 1, 2, 0, 0, 1, 2], [2, 4], 'int32'), 3);
  const masks = tf.tensor2d([0, 1, 1, 1, 0, 0, 0, 0], [2, 4], 'int32');
  const average = async (metric: AvgMetric, batches: number[]) => {
    metric.reset();
    for (const i of batches) {
      metric.accumulate(during({ pred: scores.slice(i, 1), targets: [masks.slice(i, 1)] }));
    }
    return metric.value();
  };
  const metric = new AvgMetric(fastts.foregroundAcc);
  expect(await average(metric, [0, 1])).toBeCloseTo(2 / 3, 6);
  expect(await average(metric, [1])).toBeNull();
  const own = { name: 'own', skipNaN: true };
  const ofClass1 = new AvgMetric((p, t) => fastts.foregroundAcc(p, t, { bkgIdx: 0 }), own);
  expect(await average(ofClass1, [0, 1])).toBeCloseTo(2 / 3, 6);
  // A NaN that is not expected is shown.
  expect(await average(new AvgMetric(() => Number.NaN), [0])).toBeNaN();
});

test('pixels of a class that is neither of the two count as neither in overlaps', async () => {
  const scores = tf.oneHot(tf.tensor2d([1, 1, 0, 1], [1, 4], 'int32'), 2);
  const masks = tf.tensor2d([1, 0, 1, 255], [1, 4], 'int32');
  // Predicted foreground 3, true foreground 2, both 1.
  expect(await ofTwoBatches(new Dice(), scores, masks)).toBeCloseTo(2 / 5, 6);
  expect(await ofTwoBatches(new fastts.JaccardCoeff(), scores, masks)).toBeCloseTo(1 / 4, 6);
  const three = tf.zeros([1, 4, 3]);
  await expect(ofTwoBatches(new Dice(), three, masks)).rejects.toThrow(
    'dice is for two classes, but the predictions have 3: use DiceMulti',
  );
});

test('different numbers of predictions and targets are an error', () => {
  expect(() => accuracy(pred, tf.zeros([3]))).toThrow(ShapeError);
  expect(() => accuracy(pred, tf.zeros([3]))).toThrow(/7 predictions.*3 targets/);
});

test('a custom function receives the whole pass as a metric with its name, or a given one', async () => {
  function worst(preds: tf.TensorBuffer<tf.Rank>, targs: tf.TensorBuffer<tf.Rank>): number {
    return Math.max(...preds.values.map((value, i) => Math.abs(value - targs.values[i]!)));
  }
  const metric = new AccumMetric(worst);
  expect(metric.name).toBe('worst');
  expect(new AccumMetric(worst, { name: 'off' }).name).toBe('off');
  expect(await metric.value()).toBeNull();
  expect(await ofTwoBatches(metric, tf.tensor1d([1, 2, 3, 9, 5]), tf.tensor1d([1, 2, 3, 4, 5]))).toBe(5);
  expect(await metric.compute(tf.tensor1d([1, 2]), tf.tensor1d([4, 3]))).toBe(3);
  expect(await metric.value()).toBeNull();
});

test('predictions are activated, thresholded or decoded before a metric receives them', async () => {
  const seen = async (options: fastts.AccumMetricOptions) => {
    const values: number[] = [];
    const note = new AccumMetric(({ values: found }) => values.push(...found), {
      flatten: false,
      ...options,
    });
    await ofTwoBatches(note, tf.tensor2d([0, Math.log(3), Math.log(4), 0], [2, 2]), tf.tensor1d([0, 1]));
    return values;
  };
  expectAllClose(await seen({}), [0, Math.log(3), Math.log(4), 0]);
  expectAllClose(await seen({ activation: 'sigmoid' }), [0.5, 0.75, 0.8, 0.5]);
  expectAllClose(await seen({ activation: 'sigmoid', thresh: 0.75 }), [0, 1, 1, 0]);
  expectAllClose(await seen({ activation: 'softmax', dimArgmax: -1 }), [0.25, 0.75, 0.8, 0.2]);
  expectAllClose(await seen({ activation: 'binarySoftmax', dimArgmax: -1 }), [0.75, 0.2]);
  expectAllClose(await seen({ dimArgmax: 1 }), [1, 0]);
});

test('Matthews correlation is over all labels, and the ROC area is NaN if a class has no items', async () => {
  const [pred, targ] = [tf.tensor2d([5, -5, 5, 5], [2, 2]), tf.tensor2d([1, 0, 1, 1], [2, 2], 'int32')];
  expect(await ofTwoBatches(new fastts.MatthewsCorrCoefMulti(), pred, targ)).toBe(1);
  expect(await ofTwoBatches(new fastts.MatthewsCorrCoefMulti(), tf.neg(pred), targ)).toBe(-1);
  const classes = tf.tensor2d([1, 0, 0, 0, 1, 0, 1, 0, 0], [3, 3]);
  expect(await ofTwoBatches(new RocAuc(), classes, tf.tensor1d([0, 1, 0], 'int32'))).toBeNaN();
});

test('properties of the loss are averaged over items', async () => {
  const lossFunc = { content: 1, style: tf.scalar(2), forward: () => tf.scalar(0) };
  const [content, style, absent] = lossMetrics(['content', 'style', 'other'], ['c', 's']);
  expect([content!.name, style!.name, absent!.name]).toEqual(['c', 's', 'other']);
  const batch = (n: number, value: number) => {
    lossFunc.content = value;
    return during({ lossFunc, targets: [tf.zeros([n])] });
  };
  for (const metric of [content!, style!, absent!]) {
    metric.reset();
    metric.accumulate(batch(3, 1));
    metric.accumulate(batch(1, 5));
  }
  expect([await content!.value(), await style!.value(), await absent!.value()]).toEqual([2, 2, 0]);
});

test('data that a metric does not support is an error with the reason', async () => {
  const [pred, targ] = [tf.tensor2d([1, 0, 0, 0, 1, 0, 0, 0, 1], [3, 3]), tf.tensor1d([0, 1, 2], 'int32')];
  await expect(ofTwoBatches(new F1Score(), pred, targ)).rejects.toThrow(/'binary' is for two classes.*are 3/);
  await expect(ofTwoBatches(new F1Score({ posLabel: 4 }), pred, tf.tensor1d([0, 1, 0]))).rejects.toThrow(
    LearnerError,
  );
  await expect(ofTwoBatches(new BrierScore(), pred, targ)).rejects.toThrow(/two classes.*a class 2/);
  await expect(ofTwoBatches(new RocAucBinary(), pred, targ)).rejects.toThrow(
    /two classes.*a class 2.*RocAuc/,
  );
  await expect(ofTwoBatches(new fastts.APScoreBinary(), pred, targ)).rejects.toThrow(
    /two classes.*a class 2/,
  );
  const weighted = new F1Score({ average: 'macro', sampleWeight: [1, 2] });
  await expect(ofTwoBatches(weighted, pred, targ)).rejects.toThrow(/one number per item \(3\), got 2/);
  await expect(ofTwoBatches(new F1Score(), pred, tf.zeros([3, 2]))).rejects.toThrow(
    /f1Score.*\[2\].*\[2,2\]/,
  );
  await expect(ofTwoBatches(new Dice(), pred, tf.zeros([3, 2]))).rejects.toThrow(/dice.*2 pixels.*4 targets/);
  const multi = [
    new fastts.PrecisionMulti(),
    new fastts.HammingLossMulti(),
    new fastts.BrierScoreMulti(),
    new fastts.APScoreMulti(),
    new fastts.RocAucMulti(),
  ];
  for (const metric of multi) {
    await expect(ofTwoBatches(metric, pred, targ)).rejects.toThrow(/shape \[3,3\].*\[3\].*without 'Multi'/);
  }
  await expect(new RocAuc().compute(pred, tf.zeros([2]))).rejects.toThrow(/rocAucScore.*\[3,3\].*\[2\]/);
  expect(() => new RocAucBinary({ maxFpr: 2 })).toThrow(/maxFpr.*got 2/);
  expect(() => new RocAuc({ multiClass: 'ovo', average: 'micro' })).toThrow(/'micro'.*only for .*'ovr'/);
  expect(() => mse(pred, targ)).toThrow(/\[3,3\].*\[3\]/);
  expect(() => accuracyMulti(pred, targ)).toThrow(/9 predictions.*3 targets/);
});
