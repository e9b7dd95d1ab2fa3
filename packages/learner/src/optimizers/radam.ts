import { radamStep } from '@fastts/core';
import type { LearningRate } from '../schedules/learningRate.js';
import { type AdaptiveHypers, adaptiveRule } from './adaptiveRule.js';
import { Optimizer, type ParameterGroups } from './optimizer.js';

/** Settings of {@link RAdam}. */
export interface RAdamOptions {
  lr: LearningRate;
  /** Decay of the gradient's running average, β₁ (default 0.9). */
  mom?: number;
  /** Decay of the squared gradient's running average, β₂ (default 0.99). */
  sqrMom?: number;
  /** Added to the denominator (default 1e-5). */
  eps?: number;
  /** Weight decay (default 0). */
  wd?: number;
  /** Where above 0, the denominator goes through a softplus of this sharpness, as in SAdam (default 0). */
  beta?: number;
  /** Shrink the weights themselves (default) rather than add to the gradient (L2). */
  decoupleWd?: boolean;
}

/**
 * Rectified Adam: steps are plain momentum's and then shorter than Adam's as long as the average of squared gradients
 * is of too few of them to be relied upon, which does away with the need to warm up.
 *
 * Source: Liu et al. 2020, https://arxiv.org/abs/1908.03265; fastai `optimizer.py`, `RAdam`.
 */
export function RAdam(
  groups: ParameterGroups,
  { lr, mom = 0.9, sqrMom = 0.99, eps = 1e-5, wd = 0, beta = 0, decoupleWd = true }: RAdamOptions,
): Optimizer {
  const rule = adaptiveRule<AdaptiveHypers & { beta: number }>((state, options) =>
    radamStep(state, { ...options, decoupled: decoupleWd, inPlace: true }),
  );
  return new Optimizer(groups, rule, { lr, mom, sqrMom, eps, wd, beta });
}
