import { Learner } from '../learner.js';
import type { FitOptions } from '../learnerOptions.js';
import { checkEpochs, checkLearningRate, type LearningRate, perGroup } from './learningRate.js';
import { ParamScheduler } from './paramScheduler.js';
import { combinedCos } from './schedules.js';

/** Settings of {@link Learner.fitOneCycle}. */
export interface FitOneCycleOptions extends FitOptions {
  /** How many times smaller than the highest rate the first one is (default 25). */
  div?: number;
  /** How many times smaller than the highest rate the last one is (default 1e5). */
  divFinal?: number;
  /** The share of the training in which the rate rises (default 0.25). */
  pctStart?: number;
  /** Momentum at the start, at the highest rate and at the end (default the learner's). */
  moms?: readonly [number, number, number];
}

declare module '../learner.js' {
  interface Learner<X, Y, D> {
    /**
     * Trains with a learning rate that rises along a cosine to `lrMax` and falls along one to almost nothing, while the
     * momentum falls and rises.
     *
     * The high rate in the middle regularises, the low one at the end settles: it gives good results in few epochs.
     *
     * Source: Smith and Topin 2018; fastai `callback/schedule.py`, `fit_one_cycle`.
     *
     * @param lrMax the highest rate, or a `slice` over the parameter groups (default the learner's)
     * @throws LearnerError for a rate that is no positive number, or a number of epochs that is not whole
     */
    fitOneCycle(nEpoch: number, lrMax?: LearningRate, options?: FitOneCycleOptions): Promise<void>;
  }
}

Learner.prototype.fitOneCycle = async function (this: Learner, nEpoch, lrMax = this.lr, options = {}) {
  const { div = 25, divFinal = 1e5, pctStart = 0.25, moms = this.moms, cbs = [], ...rest } = options;
  checkEpochs(nEpoch);
  checkLearningRate(lrMax, 'lrMax');
  const rates = perGroup(lrMax, this.opt.groups.length, 'lrMax');
  const scheduler = new ParamScheduler({
    lr: rates.map((lr) => combinedCos(pctStart, lr / div, lr, lr / divFinal)),
    // An optimiser of one's own may have no momentum.
    ...('mom' in this.opt.hypers[0]! && { mom: combinedCos(pctStart, ...moms) }),
  });
  await this.fit(nEpoch, rates, { ...rest, cbs: [scheduler, ...[cbs].flat()] });
};
