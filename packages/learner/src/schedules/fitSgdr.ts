import { LearnerError } from '../errors.js';
import { Learner } from '../learner.js';
import type { FitOptions } from '../learnerOptions.js';
import { checkEpochs, checkLearningRate, type LearningRate, perGroup, show } from './learningRate.js';
import { ParamScheduler } from './paramScheduler.js';
import { combineScheds, schedCos } from './schedules.js';

/** Settings of {@link Learner.fitSgdr}. */
export interface FitSgdrOptions extends FitOptions {
  /** How many times longer each cycle is than the one before (default 2). */
  cycleMult?: number;
}

declare module '../learner.js' {
  interface Learner<X, Y, D> {
    /**
     * Trains in cycles that each begin at `lrMax` and go down to 0 along a cosine: stochastic gradient descent with warm
     * restarts.
     *
     * Source: Loshchilov and Hutter 2017; fastai `callback/schedule.py`, `fit_sgdr`.
     *
     * @param cycleLen how many epochs the first cycle has
     * @param lrMax the rate at which a cycle begins, or a `slice` over the parameter groups (default the learner's)
     * @throws LearnerError for a rate that is no positive number, or numbers of cycles or epochs that are not whole
     */
    fitSgdr(nCycles: number, cycleLen: number, lrMax?: LearningRate, options?: FitSgdrOptions): Promise<void>;
  }
}

Learner.prototype.fitSgdr = async function (this: Learner, nCycles, cycleLen, lrMax = this.lr, options = {}) {
  const { cycleMult = 2, cbs = [], ...rest } = options;
  checkEpochs(nCycles, 'nCycles');
  checkEpochs(cycleLen, 'cycleLen');
  checkLearningRate(lrMax, 'lrMax');
  if (!(Number.isInteger(cycleMult) && cycleMult >= 1)) {
    throw new LearnerError(`cycleMult must be a whole number of at least 1, but is ${show(cycleMult)}.`);
  }
  const lengths = Array.from({ length: nCycles }, (_, i) => cycleLen * cycleMult ** i);
  const nEpoch = lengths.reduce((sum, length) => sum + length, 0);
  const shares = lengths.map((length) => length / nEpoch);
  const rates = perGroup(lrMax, this.opt.groups.length, 'lrMax');
  const scheduler = new ParamScheduler({
    lr: rates.map((rate) =>
      combineScheds(
        shares,
        lengths.map(() => schedCos(rate, 0)),
      ),
    ),
  });
  await this.fit(nEpoch, rates, { ...rest, cbs: [scheduler, ...[cbs].flat()] });
};
