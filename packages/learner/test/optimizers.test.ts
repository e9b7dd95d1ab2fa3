import { expectAllClose, type Nested } from '@fastts/testing/allClose';
import { eachEngine } from '@fastts/testing/engines';
import * as tf from '@tensorflow/tfjs-core';
import {
  Adam,
  Callback,
  Lamb,
  Larc,
  type LearnerOptions,
  Lookahead,
  type OptFunc,
  ParamScheduler,
  QHAdam,
  RAdam,
  RMSProp,
  ranger,
  SGD,
  schedCos,
  schedExp,
  schedLin,
  schedPoly,
  slice,
} from '../src/index.js';
import { fixture, groups, type SmallLearner, smallLearner, stateOf } from './smallNetwork.js';

interface Run {
  losses: number[];
  hypers: number[][][];
  weights: Record<string, Nested>;
}

const { runs } = fixture<{ runs: Record<string, Run> }>('optimizers');

/** Records the same values as `fixtures/make_optimizers.py`. */
class Notes extends Callback {
  override order = 100;
  override runValid = false;
  losses: number[] = [];
  seen: number[][][] = [];

  constructor(private readonly hypers: readonly string[]) {
    super();
  }

  override async afterBatch() {
    this.losses.push((await this.learn.loss.data())[0]!);
    this.seen.push(this.learn.opt.hypers.map((group) => this.hypers.map((name) => group[name]!)));
  }
}

const cases: [
  name: string,
  optFunc: OptFunc,
  train: (learn: SmallLearner) => Promise<void>,
  options?: Partial<LearnerOptions>,
  hypers?: string[],
][] = [
  ['rmsProp', (g, o) => RMSProp(g, { ...o, mom: 0.9, wd: 0.2 }), (l) => l.fit(2, 5e-3)],
  ['rmsPropL2', RMSProp, (l) => l.fit(2, 5e-3, { wd: 0.2 }), { wdBnBias: true }],
  ['radam', RAdam, (l) => l.fitOneCycle(3, 3e-2, { wd: 0.1 }), {}, ['lr', 'mom']],
  [
    'sadam',
    (g, o) => RAdam(g, { ...o, beta: 20, sqrMom: 0.95, decoupleWd: false }),
    (l) => l.fit(2, 2e-2, { wd: 0.1 }),
  ],
  [
    'qhadam',
    (g, o) => QHAdam(g, { ...o, mom: 0.9, sqrMom: 0.99, nu2: 0.9, decoupleWd: false }),
    (l) =>
      l.fit(2, undefined, {
        cbs: new ParamScheduler({
          lr: schedCos(3e-2, 1e-3),
          nu1: schedLin(0.9, 0.3),
          wd: schedExp(0.5, 0.01),
          mom: schedPoly(0.8, 0.95, 2),
        }),
      }),
    {},
    ['lr', 'nu1', 'wd', 'mom'],
  ],
  [
    'larc',
    (g, o) => Larc(g, { ...o, trustCoeff: 0.1 }),
    (l) => l.fit(2, slice(0.1), { wd: 0.3 }),
    { splitter: groups },
  ],
  [
    'lars',
    (g, o) => Larc(g, { ...o, clip: false, mom: 0.5, decoupleWd: false }),
    (l) => l.fit(2, 2, { wd: 0.1 }),
  ],
  ['lamb', Lamb, (l) => l.fit(2, slice(2e-3, 2e-2), { wd: 0.1 }), { splitter: groups }],
  [
    'lookahead',
    (g, o) => new Lookahead(SGD(g, { ...o, mom: 0.9 }), { k: 3, alpha: 0.8 }),
    async (l) => {
      await l.fit(1, 2e-2);
      await l.fit(1, 2e-2);
    },
    { wd: 0.1 },
  ],
  [
    'ranger',
    ranger,
    async (l) => {
      await l.fit(1, 1e-2);
      await l.fitFlatCos(3, slice(1e-2, 4e-2), { wd: 0.1 });
    },
    { splitter: groups },
  ],
  ['sgdr', SGD, (l) => l.fitSgdr(2, 1, 0.1)],
  ['sgdrGroups', Adam, (l) => l.fitSgdr(2, 1, slice(1e-3, 3e-2), { cycleMult: 3 }), { splitter: groups }],
  ['flatCos', Adam, (l) => l.fitFlatCos(2, 2e-2, { pctStart: 0.5, divFinal: 100 }), {}, ['lr', 'mom']],
  ['startEpoch', Adam, (l) => l.fitOneCycle(3, 2e-2, { startEpoch: 1 }), {}, ['lr', 'mom']],
];

eachEngine(() => {
  test.each(cases)(
    'training agrees with fastai: %s',
    async (name, optFunc, train, options = {}, hypers = ['lr']) => {
      const wanted = runs[name]!;
      const notes = new Notes(hypers);
      const learn = smallLearner({ optFunc, ...options, cbs: notes });
      await train(learn);
      // fastai computes schedules in single precision, which end at exactly 0.
      expectAllClose(notes.seen, wanted.hypers, { rtol: 1e-5, atol: 1e-8 });
      expectAllClose(notes.losses, wanted.losses);
      const state = await stateOf(learn.model);
      for (const [parameter, values] of Object.entries(wanted.weights))
        expectAllClose(state[parameter]!, values, { rtol: 1e-5, atol: 1e-6 });
    },
  );

  test.each<[string, OptFunc]>([
    ['RMSProp', (g, o) => RMSProp(g, { ...o, mom: 0.9 })],
    ['RAdam', RAdam],
    ['QHAdam', QHAdam],
    ['Larc', Larc],
    ['Lamb', Lamb],
    ['ranger', (g, o) => ranger(g, { ...o, k: 3 })],
  ])('%s keeps a constant number of tensors, and frees all of them', async (_, optFunc) => {
    const learn = smallLearner({ optFunc });
    const empty = tf.memory().numTensors;
    await learn.fit(1);
    const before = tf.memory().numTensors;
    await learn.fit(2);
    expect(tf.memory().numTensors).toBe(before);
    learn.opt.clearState();
    expect(tf.memory().numTensors).toBe(empty);
  });
});

test('Lookahead rejects invalid settings', () => {
  const { model } = smallLearner();
  const inner = () => SGD(model.parameters(), { lr: 0.1 });
  expect(() => new Lookahead(inner(), { k: 0 })).toThrow('k must be an integer ≥ 1, got 0.');
  expect(() => new Lookahead(inner(), { alpha: 1.5 })).toThrow(/alpha.*1.5/);
});
