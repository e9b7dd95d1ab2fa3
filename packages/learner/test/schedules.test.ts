import fc from 'fast-check';
import {
  Callback,
  combinedCos,
  combineScheds,
  LearnerError,
  ParamScheduler,
  type Schedule,
  schedCos,
  schedExp,
  schedLin,
  schedNo,
  schedPoly,
} from '../src/index.js';
import { expectClose, fixture, groups, smallLearner } from './smallNetwork.js';

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

test.each(Object.keys(ours))('%s is that of fastai', (name) => {
  expectClose(schedules.at!.map(ours[name]!), schedules[name]!, 1e-5);
});

test('a combined schedule runs through all of each part, whatever the shares', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }), (parts) => {
      const total = parts.reduce((a, b) => a + b);
      const schedule = combineScheds(
        parts.map((part) => part / total),
        parts.map((_, i) => schedLin(i, i + 1)),
      );
      expect(schedule(0)).toBeCloseTo(0);
      expect(schedule(1)).toBeCloseTo(parts.length);
    }),
  );
});

test('shares that do not make up the whole are an error', () => {
  expect(() => combineScheds([0.5, 0.4], [schedNo(1), schedNo(2)])).toThrow(LearnerError);
  expect(() => combineScheds([1.5, -0.5], [schedNo(1), schedNo(2)])).toThrow(/1.5, -0.5/);
});

test('ParamScheduler sets each group by its own schedule, and the recorder has the last one', async () => {
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
  expectClose(seen, [
    [1e-4, 1e-3, 0.1],
    [1e-4, 1e-3, 0.2],
  ]);
  expectClose(learn.recorder.hps.lr!, [0.1, 0.2]);
  expect(learn.recorder.hps.wd).toEqual([0.5, 0.5]);
});

test('a hyper-parameter that the optimiser lacks is an error that says which there are', async () => {
  const fit = smallLearner().fit(1, 1e-3, { cbs: new ParamScheduler({ momentum: schedNo(1) }) });
  await expect(fit).rejects.toThrow(/'momentum'.*lr, mom, sqrMom, eps, wd/);
});
