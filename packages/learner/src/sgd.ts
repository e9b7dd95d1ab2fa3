import { sgdStep } from '@fastts/core';
import type * as tf from '@tensorflow/tfjs';
import type { LearningRate } from './learningRate.js';
import { Optimizer, type ParameterGroups, type UpdateInput } from './optimizer.js';

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
  const withMomentum = mom !== 0;
  const rule = {
    remembers: withMomentum ? ['gradAvg'] : [],
    update: ({ param, grad, state, hypers }: UpdateInput) => {
      const { lr, mom, wd } = hypers as Record<'lr' | 'mom' | 'wd', number>;
      const next = sgdStep(
        { param, grad, avg: state.gradAvg ?? null },
        { lr, mom, wd, decoupled: decoupleWd },
      );
      return {
        param: next.param,
        state: next.avg ? { gradAvg: next.avg } : ({} as Record<string, tf.Tensor>),
      };
    },
  };
  return new Optimizer(groups, rule, { lr, mom, wd });
}
