import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setQuiet } from '@fastts/core';
import { eachEngine } from '@fastts/testing/engines';
import { linesDuring } from '@fastts/testing/progress';
import {
  type AnyLearner,
  AvgMetric,
  accuracy,
  BrierScoreMulti,
  Callback,
  EarlyStoppingCallback,
  errorRate,
  F1Score,
  HammingLoss,
  LearnerError,
  Metric,
  mse,
  perplexity,
  ReduceLROnPlateau,
  rmse,
  SaveModelCallback,
  SGD,
} from '../src/index.js';
import { fixture, smallLearner } from './smallNetwork.js';

interface Tracked {
  kind: keyof typeof kinds;
  name: string;
  values: (number | null)[];
  options: Record<string, number | string | boolean>;
  rates: number[];
  best: number | null;
  saved: [epoch: number, file: string][];
  endsAsEpoch: number;
}

const kinds = { EarlyStoppingCallback, ReduceLROnPlateau, SaveModelCallback };
const { tracked } = fixture<{ tracked: Tracked[] }>('callbacks');

/** A metric with given values, one per epoch. */
class Given extends Metric {
  private next = 0;
  constructor(
    override readonly name: string,
    private readonly values: readonly (number | null)[],
  ) {
    super();
  }
  override reset() {}
  override accumulate() {}
  override dispose() {}
  override async value() {
    return this.values[this.next++] ?? Number.NaN;
  }
}

/** The last bias, by which the tests distinguish the models of epochs. */
const weight = (learn: AnyLearner) => Array.from(learn.model.parameters().at(-1)!.value.dataSync());

/** Records the rate in each epoch, and the weights after its training. */
class Epochs extends Callback {
  override order = 100;
  readonly rates: number[] = [];
  readonly weights: number[][] = [];
  override beforeEpoch() {
    this.rates.push(this.learn.opt.hypers.at(-1)!.lr!);
  }
  override afterTrain() {
    this.weights.push(weight(this.learn));
  }
}

const camel = (name: string) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());
const titled = tracked.map(
  (one) => [`${one.kind} ${JSON.stringify(one.options)} of ${one.values}`, one] as const,
);

let path: string;
beforeAll(() => setQuiet(true));
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'fastts-'));
});
afterEach(() => rm(path, { recursive: true }));

eachEngine(() => {
  test.each(titled)(
    'makes the same decisions as fastai: %s',
    async (_, { kind, name, values, options, ...wanted }) => {
      const settings = Object.fromEntries(Object.entries(options).map(([key, value]) => [camel(key), value]));
      const callback = new kinds[kind]({ monitor: name, ...settings });
      const epochs = new Epochs();
      const learn = smallLearner(
        { optFunc: SGD, metrics: new Given(name, values), cbs: [epochs, callback], path },
        24,
      );
      const saved: [number, string][] = [];
      const save = learn.save.bind(learn);
      learn.save = (file, how) => {
        saved.push([learn.epoch, file]);
        return save(file, how);
      };
      await learn.fit(values.length, 0.05);
      expect(epochs.rates).toHaveLength(wanted.rates.length);
      epochs.rates.forEach((rate, i) => void expect(rate).toBeCloseTo(wanted.rates[i]!, 12));
      if (wanted.best !== null) expect(callback.best).toBe(wanted.best);
      expect(saved).toEqual(wanted.saved);
      expect(weight(learn)).toEqual(epochs.weights[wanted.endsAsEpoch]);
    },
  );
});

test('validation and prediction outside of a fit do not change the best value or the files', async () => {
  const save = new SaveModelCallback({ monitor: 'score' });
  const learn = smallLearner({ metrics: new Given('score', [1, 2, 3, 4]), cbs: save, path });
  await learn.fit(2, 0.05);
  expect(save.best).toBe(2);
  expect(save.lastSavedPath).toBe(`${path}/models/model.safetensors`);
  await rm(save.lastSavedPath!);
  await learn.validate();
  await learn.getPreds();
  expect(save.best).toBe(2);
  expect(await readdir(join(path, 'models'))).toEqual([]);
});

test('the best value is kept from fit to fit with resetOnFit: false', async () => {
  const best = async (resetOnFit: boolean) => {
    const early = new EarlyStoppingCallback({ monitor: 'score', resetOnFit });
    const learn = smallLearner({ metrics: new Given('score', [5, 3, 4]), cbs: early }, 24);
    await learn.fit(1);
    await learn.fit(2);
    return early.best;
  };
  expect(await best(true)).toBe(4);
  expect(await best(false)).toBe(5);
});

test.each([
  ['errorRate', errorRate, 'less'],
  ['rmse', rmse, 'less'],
  ['mse', mse, 'less'],
  ['perplexity', perplexity, 'less'],
  ['hammingLoss', new HammingLoss(), 'less'],
  ['brierScoreLoss', new BrierScoreMulti(), 'less'],
  ['f1Score', new F1Score({ average: 'macro' }), 'greater'],
  ['accuracy', accuracy, 'greater'],
  ['r2', new AvgMetric(() => 1, { name: 'r2', comp: 'less' }), 'less'],
  ['meanError', new Given('meanError', [1]), 'less'],
  ['ownLOSS', new Given('ownLOSS', [1]), 'less'],
  ['score', new Given('score', [1]), 'greater'],
])(
  'which values of %s are better is determined by the metric, or else by its name',
  async (monitor, metric, better) => {
    const learn = smallLearner({ metrics: metric });
    const tracker = new SaveModelCallback({ monitor, fname: join(path, 'any') });
    await learn.fit(0, 1e-3, { cbs: tracker });
    expect(tracker.comp).toBe(better);
    expect(tracker.best).toBe(better === 'less' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY);
  },
);

test('the epoch with the lowest Hamming loss is kept', async () => {
  const save = new SaveModelCallback({ monitor: 'hammingLoss', fname: 'least' });
  const metrics = new Given('hammingLoss', [0.7, 0.4, 0.9]);
  await smallLearner({ metrics, cbs: save, path }).fit(3);
  expect(save.best).toBe(0.4);
});

test('invalid settings of trackers are errors', () => {
  for (const factor of [0.1, 0, 1, Number.NaN, -10]) {
    expect(() => new ReduceLROnPlateau({ factor })).toThrow(`factor must be a number > 1, got ${factor}.`);
  }
  for (const patience of [0, -1, Number.NaN, 1.5]) {
    expect(() => new ReduceLROnPlateau({ patience })).toThrow(/patience must be an integer ≥ 1/);
    expect(() => new EarlyStoppingCallback({ patience })).toThrow(/patience must be an integer ≥ 1/);
  }
  expect(() => new ReduceLROnPlateau({ minLr: -1 })).toThrow(/minLr must be a number ≥ 0, got -1/);
  expect(() => new SaveModelCallback({ minDelta: -1 })).toThrow(/minDelta must be a number ≥ 0, got -1/);
});

test('a minimum above the rate does not raise it, which is logged', async () => {
  const cbs = new ReduceLROnPlateau({ monitor: 'score', minLr: 1 });
  const learn = smallLearner({ metrics: new Given('score', [1, 0, 0]), cbs });
  learn.logger = null;
  setQuiet(false);
  const lines = await linesDuring(() => learn.fit(3, 1e-3)).finally(() => setQuiet(true));
  expect(lines).toContain('Epoch 1: the learning rate is not reduced, because it is below minLr 1.');
  expect(learn.opt.hypers.at(-1)!.lr).toBe(1e-3);
});

test('nothing is loaded if nothing was saved', async () => {
  const save = new SaveModelCallback({ monitor: 'score' });
  await smallLearner({ metrics: new Given('score', [null, null]), cbs: save, path }, 24).fit(2);
  expect(save.lastSavedPath).toBeNull();
});

test('a column that is not in the epoch table is an error that lists the columns', async () => {
  const learn = smallLearner({ cbs: new EarlyStoppingCallback({ monitor: 'accuracy' }) });
  await expect(learn.fit(1)).rejects.toThrow(/'accuracy'.*train_loss, valid_loss\./);
  expect(() => new SaveModelCallback({ everyEpoch: true, atEnd: true })).toThrow(LearnerError);
  expect(() => new SaveModelCallback({ everyEpoch: 1.5 })).toThrow(/1\.5/);
});

test('a tracker without any value is reported', async () => {
  const cbs = [
    new SaveModelCallback({ monitor: 'score' }),
    new EarlyStoppingCallback({ monitor: 'score', patience: 2 }),
  ];
  const learn = smallLearner({ metrics: new Given('score', [Number.NaN, null, Number.NaN]), cbs, path });
  setQuiet(false);
  const lines = await linesDuring(() => learn.fit(3)).finally(() => setQuiet(true));
  expect(lines).toContainEqual('score has had no value: stopping early.');
  expect(lines).toContainEqual(expect.stringMatching(/^SaveModelCallback: score had no value in this fit/));
});
