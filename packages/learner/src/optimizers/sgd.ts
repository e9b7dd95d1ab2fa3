import { checkNumber, larcStep, type MomentumState, rmsPropStep, sgdStep, withName } from '@fastts/core';
import type * as tf from '@tensorflow/tfjs-core';
import type { LearningRate } from '../schedules/learningRate.js';
import { Optimizer, type ParameterGroups, type UpdateInput, type UpdateRule } from './optimizer.js';

/** Settings of {@link SGD}. */
export interface SGDOptions {
  lr: LearningRate;
  /** Momentum; at 0 (default) the optimizer keeps no moving average, and a schedule of `mom` has no effect. */
  mom?: number;
  /** Weight decay (default 0). */
  wd?: number;
  /** Whether to decay the weights directly (default true), rather than add to the gradient (L2). */
  decoupleWd?: boolean;
}

/**
 * Stochastic gradient descent, optionally with momentum.
 *
 * Source: fastai `optimizer.py`, `SGD`.
 */
export const SGD = /* @__PURE__ */ withName(
  'SGD',
  (groups: ParameterGroups, { lr, mom = 0, wd = 0, decoupleWd = true }: SGDOptions): Optimizer => {
    const rule = momentumRule<Record<'lr' | 'mom' | 'wd', number>>(mom !== 0, (state, hypers) =>
      sgdStep(state, { ...hypers, decoupled: decoupleWd, inPlace: true }),
    );
    return new Optimizer(groups, rule, { lr, mom, wd });
  },
);

/** Settings of {@link RMSProp}. */
export interface RMSPropOptions extends SGDOptions {
  /** Decay of the squared gradient's moving average (default 0.99). */
  sqrMom?: number;
  /** Added to the denominator (default 1e-8). */
  eps?: number;
}

/**
 * RMSProp: gradients divided by the root of the moving average of their squares, optionally with momentum.
 *
 * Source: Tieleman and Hinton 2012; fastai `optimizer.py`, `RMSProp`.
 */
export const RMSProp = /* @__PURE__ */ withName(
  'RMSProp',
  (
    groups: ParameterGroups,
    { lr, mom = 0, sqrMom = 0.99, eps = 1e-8, wd = 0, decoupleWd = true }: RMSPropOptions,
  ): Optimizer => {
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
  },
);

/** Settings of {@link Larc}. */
export interface LarcOptions extends SGDOptions {
  /** Momentum (default 0.9); at 0 the optimizer keeps no running sum, and a schedule of `mom` has no effect. */
  mom?: number;
  /** Whether a parameter's rate is limited to `lr` (LARC, default true), or not (LARS). */
  clip?: boolean;
  /** Length of a step relative to the parameter's norm, for a rate of 1 (default 0.02). */
  trustCoeff?: number;
  /** Added to the denominator (default 1e-8). */
  eps?: number;
}

/**
 * LARC, or with `clip: false` LARS: SGD with a rate per parameter, proportional to its norm divided by its gradient's norm,
 * for very large batches.
 *
 * A parameter whose values are all 0 is never updated, because its norm is 0: for example zero-initialized biases, and the
 * weights of the last norm layer of fastai's residual blocks.
 *
 * Source: You et al. 2017, https://arxiv.org/abs/1708.03888; fastai `optimizer.py`, `Larc`.
 */
export const Larc = /* @__PURE__ */ withName(
  'Larc',
  (
    groups: ParameterGroups,
    { lr, mom = 0.9, clip = true, trustCoeff = 0.02, eps = 1e-8, wd = 0, decoupleWd = true }: LarcOptions,
  ): Optimizer => {
    checkNumber('trustCoeff', trustCoeff, { above: 0 });
    type LarcHypers = Record<'lr' | 'mom' | 'trustCoeff' | 'eps' | 'wd', number>;
    const rule = momentumRule<LarcHypers>(mom !== 0, (state, hypers, { groupWd }) =>
      larcStep(state, { ...hypers, rateWd: groupWd, clip, decoupled: decoupleWd }),
    );
    return new Optimizer(groups, rule, { lr, mom, trustCoeff, eps, wd });
  },
);

/** The update rule of an optimizer that keeps at most a running sum of gradients and computes its update by `step`. */
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
