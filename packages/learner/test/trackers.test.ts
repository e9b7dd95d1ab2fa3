import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setQuiet } from '@fastts/core';
import { eachEngine } from '@fastts/testing/engines';
import {
  type AnyLearner,
  Callback,
  EarlyStoppingCallback,
  LearnerError,
  Metric,
  ReduceLROnPlateau,
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
