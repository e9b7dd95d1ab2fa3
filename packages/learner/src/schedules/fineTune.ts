import { checkInteger, checkNumber } from '@fastts/core';
import { TerminateOnNaNCallback } from '../callbacks/trackers/terminateOnNaN.js';
import type { AnyLearner } from '../learner.js';
import { temporarily } from '../loop/temporarily.js';
import { checkOneCycle, type FitOneCycleOptions } from './fitOneCycle.js';
import { checkLearningRate, slice } from './learningRate.js';

/** Settings of {@link Learner.fineTune}. */
export interface FineTuneOptions<X = unknown, Y = unknown> extends FitOneCycleOptions<X, Y> {
  /** Number of epochs with all parameter groups except the last frozen (default 1). */
  freezeEpochs?: number;
  /** Ratio of the last group's rate to the first group's, once all are trained (default 100). */
  lrMult?: number;
}

/** Implements {@link Learner.fineTune}. */
export async function fineTune(
  learn: AnyLearner,
  epochs: number,
  baseLr = 2e-3,
  options: FineTuneOptions = {},
): Promise<void> {
  const { freezeEpochs = 1, lrMult = 100, pctStart = 0.3, div = 5, ...rest } = options;
  checkInteger('epochs', epochs, { min: 0 });
  checkInteger('freezeEpochs', freezeEpochs, { min: 0 });
  checkLearningRate(baseLr, 'baseLr');
  checkNumber('lrMult', lrMult, { above: 0 });
  checkOneCycle(options);
  await temporarily(learn, 'fitParts', 2, async () => {
    const stopped = () => learn.cb(TerminateOnNaNCallback)?.stopped;
    const earlier = stopped();
    learn.freeze();
    await learn.fitOneCycle(freezeEpochs, slice(baseLr), { ...rest, pctStart: 0.99 });
    learn.unfreeze();
    // Its reason, which was logged, also holds for the second part.
    if (stopped() && stopped() !== earlier) return;
    await temporarily(learn, 'fitPart', 1, () =>
      learn.fitOneCycle(epochs, slice(baseLr / 2 / lrMult, baseLr / 2), { ...rest, pctStart, div }),
    );
  });
}
