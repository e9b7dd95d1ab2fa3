import { checkInteger, checkNumber, toList } from '@fastts/core';
import type { AnyLearner } from '../learner.js';
import type { FitOptions } from '../learnerOptions.js';
import { checkLearningRate, type LearningRate, perGroup } from './learningRate.js';
import { ParamScheduler } from './paramScheduler.js';
import { combinedCos } from './schedules.js';

/** Settings of {@link Learner.fitFlatCos}. */
export interface FitFlatCosOptions<X = unknown, Y = unknown> extends FitOptions<X, Y> {
  /** Ratio of `lr` to the final rate (default 1e5). */
  divFinal?: number;
  /** Fraction of the training at the full rate (default 0.75). */
  pctStart?: number;
}

/** Implements {@link Learner.fitFlatCos}. */
export async function fitFlatCos(
  learn: AnyLearner,
  nEpoch: number,
  lr: LearningRate = learn.lr,
  options: FitFlatCosOptions = {},
): Promise<void> {
  const { divFinal = 1e5, pctStart = 0.75, cbs = [], ...rest } = options;
  checkInteger('nEpoch', nEpoch, { min: 0 });
  checkLearningRate(lr);
  checkNumber('divFinal', divFinal, { above: 0 });
  checkNumber('pctStart', pctStart, { min: 0, max: 1 });
  const rates = perGroup(lr, learn.opt.groups.length);
  const scheduler = new ParamScheduler({
    lr: rates.map((rate) => combinedCos(pctStart, rate, rate, rate / divFinal)),
  });
  await learn.fit(nEpoch, rates, { ...rest, cbs: [scheduler, ...toList(cbs)] });
}
