import { checkInteger, checkNumber, withName } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { RAdam, type RAdamOptions } from './adam.js';
import { Optimizer, type ParameterGroups, type UpdateRule } from './optimizer.js';

/** Settings of {@link Lookahead}. */
export interface LookaheadOptions {
  /** Number of steps between updates of the slow weights (default 6). */
  k?: number;
  /** Fraction of the way from the slow weights to the fast ones per update (default 0.5). */
  alpha?: number;
}

/**
 * Lookahead: runs another optimizer for `k` steps, then moves slow weights the fraction `alpha` of the way to its weights,
 * and continues from there.
 *
 * It reduces the variance of the inner optimizer, at the cost of another copy of the parameters. The slow weights are saved and restored
 * with the rest of the optimizer's state.
 *
 * Source: Zhang et al. 2019, https://arxiv.org/abs/1907.08610; fastai `optimizer.py`, `Lookahead`.
 *
 * @example
 * new Learner(dls, model, { lossFunc, optFunc: (groups, o) => new Lookahead(SGD(groups, { ...o, mom: 0.9 })) });
 */
export class Lookahead extends Optimizer {
  readonly k: number;
  readonly alpha: number;

  /**
   * @param inner The inner optimizer: a new one that is not used elsewhere.
   * @throws ArgumentError when `k` is not an integer ≥ 1, or `alpha` is not from 0 to 1.
   */
  constructor(inner: Optimizer, { k = 6, alpha = 0.5 }: LookaheadOptions = {}) {
    checkInteger('k', k, { min: 1 });
    checkNumber('alpha', alpha, { min: 0, max: 1 });
    const names = Object.keys(inner.hypers[0]!) as ('lr' | 'wd')[];
    const hypers = names.map((name) => [name, inner.hypers.map((ofGroup) => ofGroup[name]!)]);
    super(inner.groups, lookingAhead(inner.rule, k, alpha), Object.fromEntries(hypers));
    this.k = k;
    this.alpha = alpha;
  }
}

/** Settings of {@link ranger}: those of RAdam, with different defaults, and those of Lookahead. */
export interface RangerOptions extends RAdamOptions, LookaheadOptions {
  /** Decay of the gradient's moving average, β₁ (default 0.95). */
  mom?: number;
  /** Weight decay (default 0.01). */
  wd?: number;
  /** Added to the denominator (default 1e-6). */
  eps?: number;
}

/**
 * Lookahead around RAdam, which works well with `fitFlatCos`.
 *
 * Source: Less Wright 2019, https://github.com/lessw2020/Ranger-Deep-Learning-Optimizer; fastai `optimizer.py`, `ranger`.
 *
 * @example
 * const learn = new Learner(dls, model, { lossFunc, optFunc: ranger });
 * await learn.fitFlatCos(5, 8e-3);
 */
export const ranger = /* @__PURE__ */ withName(
  'ranger',
  (
    groups: ParameterGroups,
    { k, alpha, mom = 0.95, wd = 0.01, eps = 1e-6, ...rest }: RangerOptions,
  ): Lookahead => {
    return new Lookahead(RAdam(groups, { ...rest, mom, wd, eps }), { k, alpha });
  },
);

function lookingAhead(inner: UpdateRule, k: number, alpha: number): UpdateRule {
  return {
    remembers: [...inner.remembers, 'slow'],
    update(input) {
      const { step, param, state } = input;
      // A second tensor of the same values, which keeps the inner step from overwriting them.
      const slow = tf.clone(step === 1 ? param : state.slow!);
      const fast = inner.update(input);
      if (step % k !== 0) return { param: fast.param, state: { ...fast.state, slow } };
      const drawn = tf.add(slow, tf.mul(tf.sub(fast.param, slow), alpha));
      return { param: drawn, state: { ...fast.state, slow: tf.clone(drawn) } };
    },
  };
}
