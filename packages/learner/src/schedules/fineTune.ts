import { Learner } from '../learner.js';
import type { FitOneCycleOptions } from './fitOneCycle.js';
import { checkEpochs, checkLearningRate, slice } from './learningRate.js';

/** Settings of {@link Learner.fineTune}. */
export interface FineTuneOptions extends FitOneCycleOptions {
  /** Epochs with all parameter groups but the last frozen (default 1). */
  freezeEpochs?: number;
  /** How many times smaller the first group's rate is than the last's, once all are trained (default 100). */
  lrMult?: number;
}

declare module '../learner.js' {
  interface Learner<X, Y, D> {
    /**
     * Adapts a model that has learnt before: trains the last parameter group with the others frozen, then all for
     * `epochs` epochs, the first groups at lower rates and the last at half of `baseLr`. Both by `fitOneCycle`.
     *
     * Source: fastai `callback/schedule.py`, `fine_tune`.
     *
     * @param baseLr the highest rate of the last group while the others are frozen (default 2e-3)
     * @param options `pctStart` (default 0.3) and `div` (default 5) are those of the second part
     */
    fineTune(epochs: number, baseLr?: number, options?: FineTuneOptions): Promise<void>;
  }
}

Learner.prototype.fineTune = async function (epochs, baseLr = 2e-3, options = {}) {
  const { freezeEpochs = 1, lrMult = 100, pctStart = 0.3, div = 5, ...rest } = options;
  checkEpochs(epochs, 'epochs');
  checkEpochs(freezeEpochs, 'freezeEpochs');
  checkLearningRate(baseLr, 'baseLr');
  this.freeze();
  await this.fitOneCycle(freezeEpochs, slice(baseLr), { ...rest, pctStart: 0.99 });
  this.unfreeze();
  await this.fitOneCycle(epochs, slice(baseLr / 2 / lrMult, baseLr / 2), { ...rest, pctStart, div });
};
