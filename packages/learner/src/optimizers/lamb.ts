import { lambStep } from '@fastts/core';
import type { LearningRate } from '../schedules/learningRate.js';
import { type AdaptiveHypers, adaptiveRule } from './adaptiveRule.js';
import { Optimizer, type ParameterGroups } from './optimizer.js';

/** Settings of {@link Lamb}. */
export interface LambOptions {
  lr: LearningRate;
  /** Decay of the gradient's running average, β₁ (default 0.9). */
  mom?: number;
  /** Decay of the squared gradient's running average, β₂ (default 0.99). */
  sqrMom?: number;
  /** Added to the denominator (default 1e-5). */
  eps?: number;
  /** Weight decay (default 0). */
  wd?: number;
  /** Shrink the weights themselves (default) rather than add to the gradient (L2). */
  decoupleWd?: boolean;
}

/**
 * LAMB: Adam with steps in proportion to each parameter's size, made for very large batches.
 *
 * As fastai has it, the step of Adam alone is brought to the parameter's size (at most ten times longer), and the
 * decay is apart from it; in the paper it is part of it.
 *
 * Source: You et al. 2020, https://arxiv.org/abs/1904.00962; fastai `optimizer.py`, `Lamb`.
 */
export function Lamb(
  groups: ParameterGroups,
  { lr, mom = 0.9, sqrMom = 0.99, eps = 1e-5, wd = 0, decoupleWd = true }: LambOptions,
): Optimizer {
  const rule = adaptiveRule<AdaptiveHypers>((state, options) =>
    lambStep(state, { ...options, decoupled: decoupleWd }),
  );
  return new Optimizer(groups, rule, { lr, mom, sqrMom, eps, wd });
}
