import { larcStep } from '@fastts/core';
import type { LearningRate } from '../schedules/learningRate.js';
import { momentumRule } from './momentumRule.js';
import { Optimizer, type ParameterGroups } from './optimizer.js';

/** Settings of {@link Larc}. */
export interface LarcOptions {
  lr: LearningRate;
  /** Momentum (default 0.9); at 0 the optimiser keeps no running sum, and a schedule of `mom` does nothing. */
  mom?: number;
  /** Whether a parameter's own rate is at most `lr` (LARC, default), or whatever it comes to (LARS). */
  clip?: boolean;
  /** How long a step is, for a rate of 1, in proportion to the parameter (default 0.02). */
  trustCoeff?: number;
  /** Added to the denominator (default 1e-8). */
  eps?: number;
  /** Weight decay (default 0). */
  wd?: number;
  /** Shrink the weights themselves (default) rather than add to the gradient (L2). */
  decoupleWd?: boolean;
}

/**
 * LARC, or with `clip: false` LARS: SGD where each parameter has a rate of its own, in proportion to its length over
 * its gradient's, made for very large batches.
 *
 * A parameter whose values are all 0 stays so, because its length is 0: such are the biases that PyTorch's layers may
 * begin with, and the scales of norm layers that fastai's residual blocks end with.
 *
 * Source: You et al. 2017, https://arxiv.org/abs/1708.03888; fastai `optimizer.py`, `Larc`.
 */
export function Larc(
  groups: ParameterGroups,
  { lr, mom = 0.9, clip = true, trustCoeff = 0.02, eps = 1e-8, wd = 0, decoupleWd = true }: LarcOptions,
): Optimizer {
  type LarcHypers = Record<'lr' | 'mom' | 'trustCoeff' | 'eps' | 'wd', number>;
  const rule = momentumRule<LarcHypers>(mom !== 0, (state, hypers, { groupWd }) =>
    larcStep(state, { ...hypers, rateWd: groupWd, clip, decoupled: decoupleWd }),
  );
  return new Optimizer(groups, rule, { lr, mom, trustCoeff, eps, wd });
}
