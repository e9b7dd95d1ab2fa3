import { checkInteger, checkNumber, toList } from '@fastts/core';
import type { AnyLearner } from '../learner.js';
import type { FitOptions } from '../learnerOptions.js';
import { checkLearningRate, type LearningRate, perGroup } from './learningRate.js';
import { ParamScheduler } from './paramScheduler.js';
import { combinedCos } from './schedules.js';

/** Settings of {@link Learner.fitOneCycle}. */
export interface FitOneCycleOptions<X = unknown, Y = unknown> extends FitOptions<X, Y> {
  /** Ratio of the maximum rate to the initial rate (default 25). */
  div?: number;
  /** Ratio of the maximum rate to the final rate (default 1e5). */
  divFinal?: number;
  /** Fraction of the training in which the rate rises (default 0.25). */
  pctStart?: number;
  /** Momentum at the start, at the maximum rate and at the end (default: the learner's). */
  moms?: readonly [number, number, number];
}

/** Implements {@link Learner.fitOneCycle}. */
export async function fitOneCycle(
  learn: AnyLearner,
  nEpoch: number,
  lrMax: LearningRate = learn.lr,
  options: FitOneCycleOptions = {},
): Promise<void> {
  const { div = 25, divFinal = 1e5, pctStart = 0.25, moms = learn.moms, cbs = [], ...rest } = options;
  checkInteger('nEpoch', nEpoch, { min: 0 });
  checkLearningRate(lrMax, 'lrMax');
  checkOneCycle(options);
  for (const mom of moms) checkNumber('moms', mom, { min: 0, below: 1 });
  const rates = perGroup(lrMax, learn.opt.groups.length, 'lrMax');
  const scheduler = new ParamScheduler({
    lr: rates.map((lr) => combinedCos(pctStart, lr / div, lr, lr / divFinal)),
    // A custom optimizer may have no momentum.
    ...('mom' in learn.opt.hypers[0]! && { mom: combinedCos(pctStart, ...moms) }),
  });
  await learn.fit(nEpoch, rates, { ...rest, cbs: [scheduler, ...toList(cbs)] });
}

/** @throws ArgumentError when a setting is out of its range. */
export function checkOneCycle({ div, divFinal, pctStart }: FitOneCycleOptions): void {
  if (div !== undefined) checkNumber('div', div, { above: 0 });
  if (divFinal !== undefined) checkNumber('divFinal', divFinal, { above: 0 });
  if (pctStart !== undefined) checkNumber('pctStart', pctStart, { min: 0, max: 1 });
}
