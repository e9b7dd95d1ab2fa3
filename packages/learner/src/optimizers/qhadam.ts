import { qhadamStep } from '@fastts/core';
import type { LearningRate } from '../schedules/learningRate.js';
import { type AdaptiveHypers, adaptiveRule } from './adaptiveRule.js';
import { Optimizer, type ParameterGroups } from './optimizer.js';

/** Settings of {@link QHAdam}. */
export interface QHAdamOptions {
  lr: LearningRate;
  /** Decay of the gradient's running average, β₁ (default 0.999). */
  mom?: number;
  /** Decay of the squared gradient's running average, β₂ (default 0.999). */
  sqrMom?: number;
  /** Share of the running average against the current gradient, ν₁ (default 0.7). */
  nu1?: number;
  /** The same of the squared gradient, ν₂ (default 1). */
  nu2?: number;
  /** Added to the denominator (default 1e-8). */
  eps?: number;
  /** Weight decay (default 0). */
  wd?: number;
  /** Shrink the weights themselves (default) rather than add to the gradient (L2). */
  decoupleWd?: boolean;
}

/**
 * Quasi-hyperbolic Adam: averages over many steps, with the current gradient mixed in.
 *
 * Source: Ma and Yarats 2019, https://arxiv.org/abs/1810.06801; fastai `optimizer.py`, `QHAdam`.
 */
export function QHAdam(
  groups: ParameterGroups,
  {
    lr,
    mom = 0.999,
    sqrMom = 0.999,
    nu1 = 0.7,
    nu2 = 1,
    eps = 1e-8,
    wd = 0,
    decoupleWd = true,
  }: QHAdamOptions,
): Optimizer {
  const rule = adaptiveRule<AdaptiveHypers & { nu1: number; nu2: number }>((state, options) =>
    qhadamStep(state, { ...options, decoupled: decoupleWd }),
  );
  return new Optimizer(groups, rule, { lr, mom, sqrMom, nu1, nu2, eps, wd });
}
