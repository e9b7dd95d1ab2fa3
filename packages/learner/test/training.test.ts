import { expectAllClose, type Nested } from '@fastts/testing/allClose';
import { eachEngine } from '@fastts/testing/engines';
import {
  Adam,
  accuracy,
  Callback,
  LabelSmoothingCrossEntropy,
  type LearnerOptions,
  MixUpCB,
  SGD,
  slice,
} from '../src/index.js';
import { fixture, groups, type SmallLearner, smallLearner, stateOf } from './smallNetwork.js';

interface Run {
  rows: { loss: number; lr: number[]; mom: number; trained?: boolean[] }[];
  values: number[][];
  smooth: number[];
  weights: Record<string, Nested>;
  validate: number[];
  preds: Nested;
  losses: number[];
}

const { runs } = fixture<{ runs: Record<string, Run> }>('training');

/** Records the same values as `fixtures/make_training.py`. */
class Notes extends Callback {
  override order = 100;
  override runValid = false;
  rows: Required<Run['rows'][number]>[] = [];

  override async afterBatch() {
    const { hypers } = this.learn.opt;
    this.rows.push({
      loss: (await this.learn.loss.data())[0]!,
      lr: hypers.map((h) => h.lr!),
      mom: hypers.at(-1)!.mom!,
      trained: this.learn.model.parameters().map((p) => p.requiresGrad),
    });
  }
}

/** MixUp with the weights and partners of `fixtures/make_training.py`. */
class GivenMixUp extends MixUpCB {
  private batch = 0;

  override beforeBatch() {
    const n = this.learn.targets[0]!.shape[0]!;
    const shares = Array.from({ length: n }, (_, i) => 0.05 + (0.9 * (((this.batch * n + i) * 7) % 11)) / 11);
    const partners = Int32Array.from(shares, (_, i) => (i + 1 + this.batch) % n);
    this.batch++;
    this.mix(
      Float32Array.from(shares, (share) => Math.max(share, 1 - share)),
      partners,
    );
  }
}

const cases: [
  name: string,
  options: Partial<LearnerOptions>,
  train: (learn: SmallLearner) => Promise<void>,
][] = [
  ['oneCycle', {}, (l) => l.fitOneCycle(2, 1e-2)],
  ['groups', { splitter: groups, wdBnBias: true }, (l) => l.fitOneCycle(1, slice(1e-3, 3e-2), { wd: 0.1 })],
  ['decayed', { splitter: groups }, (l) => l.fit(1, slice(2e-2), { wd: 0.3 })],
  [
    'l2',
    { optFunc: (g, o) => Adam(g, { ...o, decoupleWd: false, eps: 1e-4 }) },
    (l) => l.fit(1, 1e-2, { wd: 0.3 }),
  ],
  [
    'sgd',
    { optFunc: (g, o) => SGD(g, { ...o, mom: 0.9, wd: 0.05, decoupleWd: false }) },
    (l) => l.fit(2, 0.02),
  ],
  ['plainSgd', { optFunc: SGD, wd: 0.1 }, (l) => l.fit(1, 0.05)],
  ['kept', {}, (l) => l.fit(1, 1e-2).then(() => l.fit(1, 1e-2))],
  ['reset', {}, (l) => l.fit(1, 1e-2).then(() => l.fit(1, 1e-2, { resetOpt: true }))],
  ['fineTune', { splitter: groups }, (l) => l.fineTune(1, 2e-2)],
  [
    'frozenBn',
    { splitter: groups, trainBn: false },
    (l) => {
      l.freeze();
      return l.fit(1, 1e-2);
    },
  ],
  ['smoothing', { lossFunc: new LabelSmoothingCrossEntropy() }, (l) => l.fit(1, 1e-2)],
  ['mixUp', {}, (l) => l.fit(1, 1e-2, { cbs: new GivenMixUp() })],
];

eachEngine(() => {
  describe.each(cases)('training agrees with fastai: %s', (name, options, train) => {
    const wanted = runs[name]!;
    const notes = new Notes();
    let learn: SmallLearner;

    beforeAll(async () => {
      learn = smallLearner({ metrics: accuracy, ...options, cbs: notes });
      await train(learn);
    });

    test('rates, momenta and trained parameters at each batch', () => {
      expectAllClose(
        notes.rows.map(({ lr, mom }) => [...lr, mom]),
        wanted.rows.map(({ lr, mom }) => [...lr, mom]),
      );
      expect(notes.rows.map((row) => row.trained)).toEqual(
        wanted.rows.map((row, i) => row.trained ?? notes.rows[i]!.trained.map(() => true)),
      );
    });

    test('losses, smoothed losses and the records of each epoch', () => {
      expectAllClose(
        notes.rows.map(({ loss }) => loss),
        wanted.rows.map(({ loss }) => loss),
      );
      expectAllClose([...learn.recorder.losses], wanted.smooth);
      expectAllClose(learn.recorder.values as number[][], wanted.values);
    });

    test('weights at the end', async () => {
      const state = await stateOf(learn.model);
      for (const [parameter, values] of Object.entries(wanted.weights))
        expectAllClose(state[parameter]!, values, { rtol: 1e-5, atol: 1e-6 });
    });

    test('validation and predictions', async () => {
      expectAllClose((await learn.validate()) as number[], wanted.validate);
      const [preds, , losses] = await learn.getPreds({ withLoss: true });
      expectAllClose(preds, wanted.preds);
      expectAllClose(losses, wanted.losses);
    });
  });
});
