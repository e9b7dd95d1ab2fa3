import { runInContext } from 'node:vm';
import { pageWith } from '@fastts/testing/page';

/** Trains for an epoch, and returns all names. */
const program = `
import {
  accuracy, AvgMetric, CrossEntropyLossFlat, F1Score, Flatten, Learner, Linear, ReLU, Sequential, setQuiet, tf, topKAccuracy,
} from 'fastts';

export async function names() {
  setQuiet(true);
  const batches = { length: 1, *[Symbol.iterator]() { yield [tf.ones([4, 2, 2, 1]), tf.tensor1d([0, 1, 2, 1], 'int32')]; } };
  const model = new Sequential(new Flatten(), new Linear(4, 5), new ReLU(), new Linear(5, 3));
  const learn = new Learner({ train: batches, valid: batches, c: 3 }, model, {
    lossFunc: new CrossEntropyLossFlat(),
    metrics: [
      accuracy,
      (pred) => tf.mean(pred),
      new AvgMetric((pred, y) => topKAccuracy(pred, y, { k: 2 }), { name: 'top2' }),
      new F1Score({ average: 'macro' }),
    ],
  });
  await learn.fit(1);
  const error = await learn.fit(1, -1).catch((reason) => reason);
  return { columns: learn.recorder.metricNames, summary: await learn.summary(), error: error.name };
}`;

test('columns, layers, losses, optimizers, callbacks and errors keep their names in a minified bundle', async () => {
  const page = await pageWith(program, __dirname, { minify: true });
  const { columns, summary, error } = await runInContext('fastts.names()', page);
  expect([...columns]).toEqual([
    ...['epoch', 'train_loss', 'valid_loss'],
    ...['accuracy', 'metric 2', 'top2', 'f1Score', 'time'],
  ]);
  expect(summary).toMatch(/^Sequential \(Input shape/);
  for (const layer of ['Flatten', 'Linear', 'ReLU']) expect(summary).toMatch(new RegExp(`^${layer}\\b`, 'm'));
  expect(summary).toMatch(/Optimizer used: Adam\nLoss function: CrossEntropyLossFlat\n/);
  const callbacks = [
    'TrainEvalCallback',
    'OutputCheck',
    'TargetCheck',
    'Recorder',
    'ProgressCallback',
    'InterruptCallback',
  ];
  for (const callback of callbacks) expect(summary).toContain(`  - ${callback}`);
  expect(error).toBe('LearnerError');
});
