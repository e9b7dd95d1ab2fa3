import type { AnyLearner } from '../learner.js';
import type { FitOptions } from '../learnerOptions.js';
import { checkEpochs, checkLearningRate, type LearningRate, perGroup } from './learningRate.js';
import { ParamScheduler } from './paramScheduler.js';
import { combinedCos } from './schedules.js';

/** Settings of {@link Learner.fitOneCycle}. */
export interface FitOneCycleOptions<X = unknown, Y = unknown> extends FitOptions<X, Y> {
  /** How many times smaller than the highest rate the first one is (default 25). */
  div?: number;
  /** How many times smaller than the highest rate the last one is (default 1e5). */
  divFinal?: number;
  /** The share of the training in which the rate rises (default 0.25). */
  pctStart?: number;
  /** Momentum at the start, at the highest rate and at the end (default the learner's). */
  moms?: readonly [number, number, number];
}

/** Does what {@link Learner.fitOneCycle} says. */
export async function fitOneCycle(
  learn: AnyLearner,
  nEpoch: number,
  lrMax: LearningRate = learn.lr,
  options: FitOneCycleOptions = {},
): Promise<void> {
  const { div = 25, divFinal = 1e5, pctStart = 0.25, moms = learn.moms, cbs = [], ...rest } = options;
  checkEpochs(nEpoch);
  checkLearningRate(lrMax, 'lrMax');
  const rates = perGroup(lrMax, learn.opt.groups.length, 'lrMax');
  const scheduler = new ParamScheduler({
    lr: rates.map((lr) => combinedCos(pctStart, lr / div, lr, lr / divFinal)),
    // An optimiser of one's own may have no momentum.
    ...('mom' in learn.opt.hypers[0]! && { mom: combinedCos(pctStart, ...moms) }),
  });
  await learn.fit(nEpoch, rates, { ...rest, cbs: [scheduler, ...[cbs].flat()] });
}
