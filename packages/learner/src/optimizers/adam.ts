import {
  type AdaptiveState,
  adamStep,
  checkNumber,
  lambStep,
  qhadamStep,
  radamStep,
  withName,
} from '@fastts/core';
import type * as tf from '@tensorflow/tfjs-core';
import type { LearningRate } from '../schedules/learningRate.js';
import { Optimizer, type ParameterGroups, type UpdateRule } from './optimizer.js';

/** Settings of {@link Adam} and {@link Lamb}. */
export interface AdamOptions {
  lr: LearningRate;
  /** Decay of the gradient's moving average, β₁ (default 0.9). */
  mom?: number;
  /** Decay of the squared gradient's moving average, β₂ (default 0.99). */
  sqrMom?: number;
  /** Added to the denominator (default 1e-5). */
  eps?: number;
  /** Weight decay (default 0.01 for Adam, 0 for the others). */
  wd?: number;
  /** Whether to decay the weights directly, as AdamW does (default true), rather than add to the gradient (L2). */
  decoupleWd?: boolean;
}

/**
 * Adam (Kingma and Ba 2015), by default with decoupled weight decay (Loshchilov and Hutter 2019).
 *
 * The defaults are fastai's: `sqrMom` 0.99 and `eps` 1e-5 rather than PyTorch's 0.999 and 1e-8. Bias correction
 * uses the momentum of the current step, so that it can be scheduled.
 *
 * Source: fastai `optimizer.py`, `Adam`.
 *
 * @example
 * new Learner(dls, model, { lossFunc, optFunc: (groups, o) => Adam(groups, { ...o, eps: 1e-7 }) });
 */
export const Adam = /* @__PURE__ */ withName(
  'Adam',
  (
    groups: ParameterGroups,
    { lr, mom = 0.9, sqrMom = 0.99, eps = 1e-5, wd = 0.01, decoupleWd = true }: AdamOptions,
  ): Optimizer => {
    const rule = adaptiveRule<AdaptiveHypers>((state, options) =>
      adamStep(state, { ...options, decoupled: decoupleWd, inPlace: true }),
    );
    return new Optimizer(groups, rule, { lr, mom, sqrMom, eps, wd });
  },
);

/** Settings of {@link RAdam}. */
export interface RAdamOptions extends AdamOptions {
  /** If above 0, a softplus of this sharpness is applied to the denominator, as in SAdam (default 0). */
  beta?: number;
}

/**
 * Rectified Adam: its first steps use plain momentum, and the next ones are shorter than Adam's, until the average of
 * squared gradients is reliable. This removes the need for a warm-up.
 *
 * Source: Liu et al. 2020, https://arxiv.org/abs/1908.03265; fastai `optimizer.py`, `RAdam`.
 */
export const RAdam = /* @__PURE__ */ withName(
  'RAdam',
  (
    groups: ParameterGroups,
    { lr, mom = 0.9, sqrMom = 0.99, eps = 1e-5, wd = 0, beta = 0, decoupleWd = true }: RAdamOptions,
  ): Optimizer => {
    checkNumber('beta', beta, { min: 0 });
    const rule = adaptiveRule<AdaptiveHypers & { beta: number }>((state, options) =>
      radamStep(state, { ...options, decoupled: decoupleWd, inPlace: true }),
    );
    return new Optimizer(groups, rule, { lr, mom, sqrMom, eps, wd, beta });
  },
);

/** Settings of {@link QHAdam}. */
export interface QHAdamOptions extends AdamOptions {
  /** Decay of the gradient's moving average, β₁ (default 0.999). */
  mom?: number;
  /** Decay of the squared gradient's moving average, β₂ (default 0.999). */
  sqrMom?: number;
  /** Weight of the moving average relative to the current gradient, ν₁ (default 0.7). */
  nu1?: number;
  /** The same for the squared gradient, ν₂ (default 1). */
  nu2?: number;
  /** Added to the denominator (default 1e-8). */
  eps?: number;
}

/**
 * Quasi-hyperbolic Adam: long moving averages mixed with the current gradient.
 *
 * Source: Ma and Yarats 2019, https://arxiv.org/abs/1810.06801; fastai `optimizer.py`, `QHAdam`.
 */
export const QHAdam = /* @__PURE__ */ withName(
  'QHAdam',
  (
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
  ): Optimizer => {
    checkNumber('nu1', nu1, { min: 0, max: 1 });
    checkNumber('nu2', nu2, { min: 0, max: 1 });
    const rule = adaptiveRule<AdaptiveHypers & { nu1: number; nu2: number }>((state, options) =>
      qhadamStep(state, { ...options, decoupled: decoupleWd }),
    );
    return new Optimizer(groups, rule, { lr, mom, sqrMom, nu1, nu2, eps, wd });
  },
);

/**
 * LAMB: Adam with steps proportional to each parameter's norm, for very large batches.
 *
 * As in fastai, only Adam's step is scaled by the parameter's norm (by at most 10), and the decay is applied separately; in
 * the paper the decay is part of the step.
 *
 * Source: You et al. 2020, https://arxiv.org/abs/1904.00962; fastai `optimizer.py`, `Lamb`.
 */
export const Lamb = /* @__PURE__ */ withName(
  'Lamb',
  (
    groups: ParameterGroups,
    { lr, mom = 0.9, sqrMom = 0.99, eps = 1e-5, wd = 0, decoupleWd = true }: AdamOptions,
  ): Optimizer => {
    const rule = adaptiveRule<AdaptiveHypers>((state, options) =>
      lambStep(state, { ...options, decoupled: decoupleWd }),
    );
    return new Optimizer(groups, rule, { lr, mom, sqrMom, eps, wd });
  },
);

type AdaptiveHypers = Record<'lr' | 'mom' | 'sqrMom' | 'eps' | 'wd', number>;

/** The update rule of an optimizer that keeps Adam's two moving averages and computes its update by `step`. */
function adaptiveRule<H>(
  step: (state: AdaptiveState & { grad: tf.Tensor }, options: H & { step: number }) => AdaptiveState,
): UpdateRule {
  return {
    remembers: ['gradAvg', 'sqrAvg'],
    update: ({ param, grad, state, step: n, hypers }) => {
      const before = { param, grad, avg: state.gradAvg!, sqrAvg: state.sqrAvg! };
      const after = step(before, { ...(hypers as H), step: n });
      return { param: after.param, state: { gradAvg: after.avg, sqrAvg: after.sqrAvg } };
    },
  };
}
