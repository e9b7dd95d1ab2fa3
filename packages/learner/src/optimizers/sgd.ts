import { sgdStep } from '@fastts/core';
import type { LearningRate } from '../schedules/learningRate.js';
import { momentumRule } from './momentumRule.js';
import { Optimizer, type ParameterGroups } from './optimizer.js';

/** Settings of {@link SGD}. */
export interface SGDOptions {
  lr: LearningRate;
  /** Momentum; at 0 (default) the optimiser keeps no running average, and a schedule of `mom` does nothing. */
  mom?: number;
  /** Weight decay (default 0). */
  wd?: number;
  /** Shrink the weights themselves (default) rather than add to the gradient (L2). */
  decoupleWd?: boolean;
}

/**
 * Stochastic gradient descent, with momentum if wanted.
 *
 * Source: fastai `optimizer.py`, `SGD`.
 */
export function SGD(
  groups: ParameterGroups,
  { lr, mom = 0, wd = 0, decoupleWd = true }: SGDOptions,
): Optimizer {
  const rule = momentumRule<Record<'lr' | 'mom' | 'wd', number>>(mom !== 0, (state, hypers) =>
    sgdStep(state, { ...hypers, decoupled: decoupleWd, inPlace: true }),
  );
  return new Optimizer(groups, rule, { lr, mom, wd });
}
