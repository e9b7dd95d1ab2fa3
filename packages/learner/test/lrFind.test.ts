import { FasttsError } from '@fastts/core';
import { expectAllClose } from '@fastts/testing/allClose';
import { eachEngine } from '@fastts/testing/engines';
import * as tf from '@tensorflow/tfjs-core';
import {
  Adam,
  Callback,
  minimum,
  type OptFunc,
  SGD,
  SuggestionMethod,
  slide,
  steep,
  valley,
} from '../src/index.js';
import { fixture, type SmallLearner, smallLearner } from './smallNetwork.js';

interface Search {
  lrs: number[];
  losses: (number | null)[];
  suggested: Record<string, number>;
  after: number[];
}

interface Curve {
  lrs: number[];
  losses: number[];
  suggested: Record<string, [lr: number, pointLr: number, pointLoss: number]>;
}

const { searches, curves } = fixture<{ searches: Record<string, Search>; curves: Curve[] }>('lrFind');

/** Makes the loss NaN from the thirtieth batch of the search on. */
class Poison extends Callback {
  override runValid = false;
  override afterLoss() {
    if (this.learn.trainIter >= 30) this.learn.loss = tf.mul(this.learn.loss, Number.NaN);
  }
}

const cases: [
  name: string,
  options: object,
  optFunc?: OptFunc,
  before?: (learn: SmallLearner) => Promise<void>,
][] = [
  ['fresh', {}],
  ['trained', { numIt: 60, startLr: 1e-5, endLr: 1 }, Adam, (l) => l.fit(2, 3e-2)],
  ['diverging', { endLr: 1e3 }, (g, o) => SGD(g, { ...o, mom: 0.9 })],
  ['undaunted', { startLr: 1e-3, endLr: 100, stopDiv: false, numIt: 40 }, SGD],
  ['poisoned', { numIt: 50 }, Adam, async (l) => void l.addCbs(new Poison())],
];

eachEngine(() => {
  test.each(cases)(
    'a search has the rates, losses and suggestions of fastai, and restores the training state: %s',
    async (name, options, optFunc = Adam, before = async () => {}) => {
      const { lrs, losses, suggested, after } = searches[name]!;
      const learn = smallLearner({ optFunc });
      await before(learn);
      const tensors = tf.memory().numTensors;
      const found = await learn.lrFind({ ...options, suggestFuncs: SuggestionMethod });
      expect(tf.memory().numTensors).toBe(tensors);
      expectAllClose(learn.recorder.lrs, lrs);
      const isNumber = losses.map((loss) => loss !== null);
      expect(learn.recorder.losses.map((loss) => !Number.isNaN(loss))).toEqual(isNumber);
      const numbers = losses.filter((loss) => loss !== null);
      expectAllClose(learn.recorder.losses.slice(0, numbers.length), numbers, { rtol: 1e-4, atol: 1e-7 });
      expectAllClose(
        Object.values(found),
        Object.keys(found).map((key) => suggested[key]!),
      );
      await learn.fit(1, 1e-2);
      expectAllClose([...learn.recorder.losses], after);
    },
  );
});

test.each(curves.map((curve, i): [number, Curve] => [i, curve]))(
  'suggestions on recorded curve %i',
  (_, { lrs, losses, suggested }) => {
    for (const [name, suggest] of Object.entries(SuggestionMethod)) {
      const { lr, point } = suggest(lrs, losses);
      expectAllClose([lr, point.lr, point.loss], suggested[name]!);
    }
  },
);

test('a search without suggestion functions only records', async () => {
  const learn = smallLearner();
  expect(await learn.lrFind({ numIt: 10, suggestFuncs: {} })).toEqual({});
  expect(learn.recorder.losses).toHaveLength(10);
});

test('suggestions are typed by name, and may come from a custom function', async () => {
  const learn = smallLearner();
  const last = (lrs: readonly number[], losses: readonly number[]) => ({
    lr: lrs.at(-1)!,
    point: { lr: lrs.at(-1)!, loss: losses.at(-1)! },
  });
  const found = await learn.lrFind({ numIt: 20, suggestFuncs: { valley, last } });
  const rates: { valley: number; last: number } = found;
  expect(rates.last).toBe(learn.recorder.lrs.at(-6));
});

test('the search can be plotted with its suggestions, also after a fit', async () => {
  const learn = smallLearner();
  expect(() => learn.recorder.plotLrFind()).toThrow(/call lrFind first/);
  await learn.lrFind({ numIt: 40, suggestFuncs: { steep, minimum } });
  await learn.fit(1);
  const svg = learn.recorder.plotLrFind().svg();
  for (const text of ['learning rate', 'loss', 'steep', 'minimum']) expect(svg).toContain(`>${text}<`);
});

test('model and optimizer are restored also after an error, and nothing is validated', async () => {
  class Fail extends Callback {
    override afterBatch() {
      if (!this.learn.training) throw new Error('validates');
      if (this.learn.trainIter > 6) throw new Error('stop');
    }
  }
  const [learn, same] = [smallLearner(), smallLearner()];
  const fail = new Fail();
  learn.addCbs(fail);
  await expect(learn.lrFind()).rejects.toThrow('stop');
  learn.removeCbs(fail);
  for (const each of [learn, same]) await each.fit(1);
  expect(learn.recorder.losses).toEqual(same.recorder.losses);
});

test.each([
  [{ startLr: 0 }, /startLr.* 0/],
  [{ endLr: Number.NaN }, /endLr.*NaN/],
  [{ numIt: 7, suggestFuncs: { slide } }, /slide needs more than 15 losses, got 2/],
  [{ numIt: 2 }, /too few/],
  [{ startLr: 1, endLr: 1e-3 }, /endLr must be above startLr \(1\), got 0.001/],
  [{ numIt: 20.5 }, /numIt.*20.5/],
])('%p is an error', async (options, message) => {
  await expect(smallLearner().lrFind(options)).rejects.toThrow(message);
  await expect(smallLearner().lrFind(options)).rejects.toThrow(FasttsError);
});

test('a negative loss diverges when it rises above its minimum by three times its magnitude', async () => {
  const learn = smallLearner({ lossFunc: (pred) => tf.sub(tf.mean(tf.square(pred)), 5) });
  await learn.lrFind({ numIt: 40, startLr: 1e-7, endLr: 1e-3 });
  expect(learn.recorder.losses).toHaveLength(40);
  expect(Math.max(...learn.recorder.losses)).toBeLessThan(0);
});
