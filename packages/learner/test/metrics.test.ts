import { ShapeError } from '@fastts/core';
import * as tf from '@tensorflow/tfjs';
import {
  AvgLoss,
  AvgMetric,
  AvgSmoothLoss,
  accuracy,
  errorRate,
  type Learner,
  type Metric,
  topKAccuracy,
} from '../src/index.js';
import { expectClose, fixture, type Nested, tensor } from './smallNetwork.js';

type Names = 'accuracy' | 'errorRate' | 'top2' | 'top5' | 'accuracyAxis1';
type Averages = 'avgAccuracy' | 'avgLoss' | 'avgSmoothLoss';
type Numbers = { pred: Nested; targ: Nested; grid: Nested; mask: Nested } & Record<Names, number> &
  Record<Averages, number[]>;

const { metrics } = fixture<{ metrics: Numbers }>('numbers');
const [pred, targ] = [tensor(metrics.pred), tensor(metrics.targ, 'int32')];

test('accuracy, error rate and top-k accuracy are those of fastai', async () => {
  const value = (scalar: tf.Scalar) => scalar.dataSync()[0]!;
  expectClose(value(accuracy(pred, targ)), metrics.accuracy);
  expectClose(value(errorRate(pred, targ)), metrics.errorRate);
  expectClose(value(topKAccuracy(pred, targ, { k: 2 })), metrics.top2);
  expectClose(value(topKAccuracy(pred, targ)), metrics.top5);
  const grid = accuracy(tensor(metrics.grid), tensor(metrics.mask, 'int32'), { axis: 1 });
  expectClose(value(grid), metrics.accuracyAxis1);
});

/** What fixtures/make_numbers.py feeds: batches of 4, 2 and 1 items with losses 2, 1 and 0.5. */
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
    metric.accumulate(batch as unknown as Learner);
    values.push((await metric.value())!);
  }
  return values;
}

test('averages over batches of different sizes, and the smoothed loss, are those of fastai', async () => {
  expectClose(await averaged(new AvgMetric(accuracy)), metrics.avgAccuracy);
  expectClose(await averaged(new AvgLoss()), metrics.avgLoss);
  expectClose(await averaged(new AvgSmoothLoss()), metrics.avgSmoothLoss);
});

test('a metric without batches has no value; one is named after its function or as told', async () => {
  const metric = new AvgMetric(accuracy);
  expect(await metric.value()).toBeNull();
  expect(metric.name).toBe('accuracy');
  expect(new AvgMetric((p, t) => topKAccuracy(p, t, { k: 2 }), 'top2').name).toBe('top2');
});

test('a number of predictions that is not that of targets is an error', () => {
  expect(() => accuracy(pred, tf.zeros([3]))).toThrow(ShapeError);
  expect(() => accuracy(pred, tf.zeros([3]))).toThrow(/7 predictions.*3 targets/);
});
