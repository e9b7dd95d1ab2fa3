import { expectAllClose } from '@fastts/testing/allClose';
import { testProperty } from '@fastts/testing/property';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import {
  Callback,
  combinedCos,
  combineScheds,
  LearnerError,
  Optimizer,
  ParamScheduler,
  Recorder,
  type Schedule,
  SGD,
  schedCos,
  schedExp,
  schedLin,
  schedNo,
  schedPoly,
  type UpdateRule,
} from '../src/index.js';
import { fixture, groups, smallLearner } from './smallNetwork.js';

const { schedules } = fixture<{ schedules: Record<string, number[]> }>('numbers');

const ours: Record<string, Schedule> = {
  lin: schedLin(0.1, 2),
  cos: schedCos(0.1, 2),
  no: schedNo(0.1),
  exp: schedExp(0.1, 2),
  poly: schedPoly(0.1, 2, 3),
  combinedCos: combinedCos(0.25, 0.1, 2, 0.001),
  combined: combineScheds([0.3, 0.7], [schedLin(0.1, 1), schedExp(1, 0.01)]),
};

test.each(Object.keys(ours))('%s agrees with fastai', (name) => {
  expectAllClose(schedules.at!.map(ours[name]!), schedules[name]!);
});

testProperty(
  'a combined schedule runs through each of its schedules completely, for any fractions',
  [fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 })],
  (parts) => {
    const total = parts.reduce((a, b) => a + b);
    const schedule = combineScheds(
      parts.map((part) => part / total),
      parts.map((_, i) => schedLin(i, i + 1)),
    );
    expect(schedule(0)).toBeCloseTo(0);
    expect(schedule(1)).toBeCloseTo(parts.length);
  },
);

test('fractions that do not sum to 1 are an error', () => {
  expect(() => combineScheds([0.5, 0.4], [schedNo(1), schedNo(2)])).toThrow(LearnerError);
  expect(() => combineScheds([1.5, -0.5], [schedNo(1), schedNo(2)])).toThrow(/1.5, -0.5/);
});

test('a schedule with a fraction of 0 is skipped, at the start and at the end', () => {
  expect([0, 0.5, 1].map(combineScheds([0, 1], [schedNo(9), schedLin(1, 3)]))).toEqual([1, 2, 3]);
  expect([0, 0.5, 1].map(combinedCos(1, 1, 3, 9))).toEqual([1, 2, 3]);
});

test('cycles start with the first batch of an epoch, despite rounding of the fractions', async () => {
  // Sums of tenths in double precision are not exactly the positions of epochs.
  const learn = smallLearner({}, 12);
  await learn.fitSgdr(10, 1, 1e-3, { cycleMult: 1 });
  expectAllClose(
    learn.recorder.lrs,
    Array.from({ length: 20 }, (_, i) => (i % 2 ? 5e-4 : 1e-3)),
  );
});

test.each([
  [1.5, 1, 2, /nCycles.*1.5/],
  [1, -1, 2, /cycleLen.*-1/],
  [1, 1, 0.5, /cycleMult.*0.5/],
])(
  '%p cycles, the first of %p epochs, times %p are an error',
  async (nCycles, cycleLen, cycleMult, message) => {
    await expect(smallLearner().fitSgdr(nCycles, cycleLen, 1e-3, { cycleMult })).rejects.toThrow(message);
  },
);

test('a fit that starts at a later epoch trains only the rest of the schedule', async () => {
  const whole = smallLearner();
  await whole.fitFlatCos(4, 1e-2);
  const rest = smallLearner();
  await rest.fitFlatCos(4, 1e-2, { startEpoch: 3 });
  expect(rest.recorder.lrs).toEqual(whole.recorder.lrs.slice(12));
  expect(rest.recorder.lrs.at(-1)).toBeLessThan(2e-3);
  await expect(rest.fit(1, 1e-2, { startEpoch: -1 })).rejects.toThrow(/startEpoch.*-1/);
});

test("ParamScheduler sets each group by its own schedule, and the recorder has the last group's values", async () => {
  const seen: number[][] = [];
  class Note extends Callback {
    override order = 100;
    override runValid = false;
    override afterBatch() {
      seen.push(this.learn.opt.hypers.map((hypers) => hypers.lr!));
    }
  }
  const learn = smallLearner({ splitter: groups }, 12);
  const lr = [schedNo(1e-4), schedNo(1e-3), schedLin(0.1, 0.3)];
  await learn.fit(1, 1e-3, { cbs: [new ParamScheduler({ lr, wd: schedNo(0.5) }), new Note()] });
  expectAllClose(seen, [
    [1e-4, 1e-3, 0.1],
    [1e-4, 1e-3, 0.2],
  ]);
  expectAllClose(learn.recorder.hps.lr!, [0.1, 0.2]);
  expect(learn.recorder.hps.wd).toEqual([0.5, 0.5]);
});

test('a schedule also runs without a recorder', async () => {
  const learn = smallLearner();
  learn.removeCbs(Recorder);
  await learn.fitOneCycle(1);
  expect(learn.opt.hypers[0]!.lr).toBeLessThan(1e-3);
});

test('a hyperparameter that the optimizer lacks is an error that lists those it has', async () => {
  const fit = smallLearner().fit(1, 1e-3, { cbs: new ParamScheduler({ momentum: schedNo(1) }) });
  await expect(fit).rejects.toThrow(/'momentum'.*lr, mom, sqrMom, eps, wd/);
});

test('a custom optimizer without momentum can be trained with fitOneCycle', async () => {
  const rule: UpdateRule = {
    remembers: [],
    update: ({ param, grad, hypers }) => ({ param: tf.sub(param, tf.mul(grad, hypers.lr!)), state: {} }),
  };
  const [learn, same] = [
    smallLearner({ optFunc: (groups, { lr }) => new Optimizer(groups, rule, { lr, wd: 0 }) }),
    smallLearner({ optFunc: SGD }),
  ];
  for (const each of [learn, same]) await each.fitOneCycle(1, 0.1, { wd: 0 });
  expectAllClose([...learn.recorder.losses], [...same.recorder.losses]);
  expect(Object.keys(learn.recorder.hps)).toEqual(['lr']);
});
