import { larcStep, type MomentumState, rmsPropStep, sgdStep } from '@fastts/core';
import type * as tf from '@tensorflow/tfjs-core';
import type { LearningRate } from '../schedules/learningRate.js';
import { Optimizer, type ParameterGroups, type UpdateInput, type UpdateRule } from './optimizer.js';

/** Settings of {@link SGD}. */
export interface SGDOptions {
  lr: LearningRate;
  /** Momentum; at 0 (default) the optimizer keeps no running average, and a schedule of `mom` does nothing. */
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

/** Settings of {@link RMSProp}. */
export interface RMSPropOptions extends SGDOptions {
  /** Decay of the squared gradient's running average (default 0.99). */
  sqrMom?: number;
  /** Added to the denominator (default 1e-8). */
  eps?: number;
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
  type RMSPropHypers = Record<'lr' | 'mom' | 'sqrMom' | 'eps' | 'wd', number>;
  const rule: UpdateRule = {
    remembers: mom === 0 ? ['sqrAvg'] : ['gradAvg', 'sqrAvg'],
    update: ({ param, grad, state, hypers }) => {
      const after = rmsPropStep(
        { param, grad, avg: state.gradAvg, sqrAvg: state.sqrAvg! },
        { ...(hypers as RMSPropHypers), decoupled: decoupleWd },
      );
      const remembered: Record<string, tf.Tensor> = { sqrAvg: after.sqrAvg };
      if (after.avg) remembered.gradAvg = after.avg;
      return { param: after.param, state: remembered };
    },
  };
  return new Optimizer(groups, rule, { lr, mom, sqrMom, eps, wd });
}

/** Settings of {@link Larc}. */
export interface LarcOptions extends SGDOptions {
  /** Momentum (default 0.9); at 0 the optimizer keeps no running sum, and a schedule of `mom` does nothing. */
  mom?: number;
  /** Whether a parameter's own rate is at most `lr` (LARC, default), or whatever it comes to (LARS). */
  clip?: boolean;
  /** How long a step is, for a rate of 1, in proportion to the parameter (default 0.02). */
  trustCoeff?: number;
  /** Added to the denominator (default 1e-8). */
  eps?: number;
}

/**
 * LARC, or with `clip: false` LARS: SGD where each parameter has a rate of its own, in proportion to its norm over its
 * gradient's, made for very large batches.
 *
 * A parameter whose values are all 0 stays so, because its norm is 0: such are the biases that PyTorch's layers may
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

/** The rule of an optimizer that remembers at most a moving sum of the gradient, by the arithmetic of its `step`. */
function momentumRule<H>(
  withMomentum: boolean,
  step: (state: MomentumState & { grad: tf.Tensor }, hypers: H, input: UpdateInput) => MomentumState,
): UpdateRule {
  return {
    remembers: withMomentum ? ['gradAvg'] : [],
    update: (input) => {
      const { param, grad, state, hypers } = input;
      const after = step({ param, grad, avg: state.gradAvg }, hypers as H, input);
      const remembered: Record<string, tf.Tensor> = {};
      if (after.avg) remembered.gradAvg = after.avg;
      return { param: after.param, state: remembered };
    },
  };
}
