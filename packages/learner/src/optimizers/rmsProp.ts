import { rmsPropStep } from '@fastts/core';
import type * as tf from '@tensorflow/tfjs-core';
import type { LearningRate } from '../schedules/learningRate.js';
import type { AdaptiveHypers } from './adaptiveRule.js';
import { Optimizer, type ParameterGroups, type UpdateRule } from './optimizer.js';

/** Settings of {@link RMSProp}. */
export interface RMSPropOptions {
  lr: LearningRate;
  /** Momentum; at 0 (default) the optimiser keeps no running sum, and a schedule of `mom` does nothing. */
  mom?: number;
  /** Decay of the squared gradient's running average (default 0.99). */
  sqrMom?: number;
  /** Added to the denominator (default 1e-8). */
  eps?: number;
  /** Weight decay (default 0). */
  wd?: number;
  /** Shrink the weights themselves (default) rather than add to the gradient (L2). */
  decoupleWd?: boolean;
}

/**
 * RMSProp: gradients divided by the root of the running average of their squares, with momentum if wanted.
 *
 * Source: Tieleman and Hinton 2012; fastai `optimizer.py`, `RMSProp`.
 */
export function RMSProp(
  groups: ParameterGroups,
  { lr, mom = 0, sqrMom = 0.99, eps = 1e-8, wd = 0, decoupleWd = true }: RMSPropOptions,
): Optimizer {
  const rule: UpdateRule = {
    remembers: mom === 0 ? ['sqrAvg'] : ['gradAvg', 'sqrAvg'],
    update: ({ param, grad, state, hypers }) => {
      const after = rmsPropStep(
        { param, grad, avg: state.gradAvg, sqrAvg: state.sqrAvg! },
        { ...(hypers as AdaptiveHypers), decoupled: decoupleWd },
      );
      const remembered: Record<string, tf.Tensor> = { sqrAvg: after.sqrAvg };
      if (after.avg) remembered.gradAvg = after.avg;
      return { param: after.param, state: remembered };
    },
  };
  return new Optimizer(groups, rule, { lr, mom, sqrMom, eps, wd });
}
