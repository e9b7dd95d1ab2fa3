import { adamStep } from '@fastts/core';
import type { LearningRate } from '../schedules/learningRate.js';
import { type AdaptiveHypers, adaptiveRule } from './adaptiveRule.js';
import { Optimizer, type ParameterGroups } from './optimizer.js';

/** Settings of {@link Adam}. */
export interface AdamOptions {
  lr: LearningRate;
  /** Decay of the gradient's running average, β₁ (default 0.9). */
  mom?: number;
  /** Decay of the squared gradient's running average, β₂ (default 0.99). */
  sqrMom?: number;
  /** Added to the denominator (default 1e-5). */
  eps?: number;
  /** Weight decay (default 0.01). */
  wd?: number;
  /** Shrink the weights themselves, as AdamW does (default), rather than add to the gradient (L2). */
  decoupleWd?: boolean;
}

/**
 * Adam (Kingma and Ba 2015), by default with decoupled weight decay (Loshchilov and Hutter 2019).
 *
 * The defaults are fastai's: `sqrMom` 0.99 and `eps` 1e-5 rather than PyTorch's 0.999 and 1e-8. The correction of the
 * running averages' start uses the momentum of the current step, so that it may be scheduled.
 *
 * Source: fastai `optimizer.py`, `Adam`.
 *
 * @example
 * new Learner(dls, model, { lossFunc, optFunc: (groups, o) => Adam(groups, { ...o, eps: 1e-7 }) });
 */
export function Adam(
  groups: ParameterGroups,
  { lr, mom = 0.9, sqrMom = 0.99, eps = 1e-5, wd = 0.01, decoupleWd = true }: AdamOptions,
): Optimizer {
  const rule = adaptiveRule<AdaptiveHypers>((state, options) =>
    adamStep(state, { ...options, decoupled: decoupleWd, inPlace: true }),
  );
  return new Optimizer(groups, rule, { lr, mom, sqrMom, eps, wd });
}
