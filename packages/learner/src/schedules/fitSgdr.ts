import { checkInteger, toList } from '@fastts/core';
import type { AnyLearner } from '../learner.js';
import type { FitOptions } from '../learnerOptions.js';
import { checkLearningRate, type LearningRate, perGroup } from './learningRate.js';
import { ParamScheduler } from './paramScheduler.js';
import { combineScheds, schedCos } from './schedules.js';

/** Settings of {@link Learner.fitSgdr}. */
export interface FitSgdrOptions<X = unknown, Y = unknown> extends FitOptions<X, Y> {
  /** Ratio of each cycle's length to the previous one's (default 2). */
  cycleMult?: number;
}

/** Implements {@link Learner.fitSgdr}. */
export async function fitSgdr(
  learn: AnyLearner,
  nCycles: number,
  cycleLen: number,
  lrMax: LearningRate = learn.lr,
  options: FitSgdrOptions = {},
): Promise<void> {
  const { cycleMult = 2, cbs = [], ...rest } = options;
  checkInteger('nCycles', nCycles, { min: 0 });
  checkInteger('cycleLen', cycleLen, { min: 0 });
  checkLearningRate(lrMax, 'lrMax');
  checkInteger('cycleMult', cycleMult, { min: 1 });
  const lengths = Array.from({ length: nCycles }, (_, i) => cycleLen * cycleMult ** i);
  const nEpoch = lengths.reduce((sum, length) => sum + length, 0);
  const shares = lengths.map((length) => length / nEpoch);
  const rates = perGroup(lrMax, learn.opt.groups.length, 'lrMax');
  const scheduler = new ParamScheduler({
    lr: rates.map((rate) =>
      combineScheds(
        shares,
        lengths.map(() => schedCos(rate, 0)),
      ),
    ),
  });
  await learn.fit(nEpoch, rates, { ...rest, cbs: [scheduler, ...toList(cbs)] });
}
