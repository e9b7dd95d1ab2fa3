import { Learner } from '../learner.js';
import type { FitOptions } from '../learnerOptions.js';
import { checkEpochs, checkLearningRate, type LearningRate, perGroup } from './learningRate.js';
import { ParamScheduler } from './paramScheduler.js';
import { combinedCos } from './schedules.js';

/** Settings of {@link Learner.fitFlatCos}. */
export interface FitFlatCosOptions extends FitOptions {
  /** How many times smaller than `lr` the last rate is (default 1e5). */
  divFinal?: number;
  /** The share of the training at the full rate (default 0.75). */
  pctStart?: number;
}

declare module '../learner.js' {
  interface Learner<X, Y, D> {
    /**
     * Trains at a flat learning rate, then along a cosine down to almost nothing.
     *
     * It suits optimisers that need no warming up, such as `ranger`.
     *
     * Source: fastai `callback/schedule.py`, `fit_flat_cos`.
     *
     * @param lr the rate, or a `slice` over the parameter groups (default the learner's)
     * @throws LearnerError for a rate that is no positive number, or a number of epochs that is not whole
     */
    fitFlatCos(nEpoch: number, lr?: LearningRate, options?: FitFlatCosOptions): Promise<void>;
  }
}

Learner.prototype.fitFlatCos = async function (this: Learner, nEpoch, lr = this.lr, options = {}) {
  const { divFinal = 1e5, pctStart = 0.75, cbs = [], ...rest } = options;
  checkEpochs(nEpoch);
  checkLearningRate(lr);
  const rates = perGroup(lr, this.opt.groups.length);
  const scheduler = new ParamScheduler({
    lr: rates.map((rate) => combinedCos(pctStart, rate, rate, rate / divFinal)),
  });
  await this.fit(nEpoch, rates, { ...rest, cbs: [scheduler, ...[cbs].flat()] });
};
