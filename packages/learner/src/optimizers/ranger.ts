import { Lookahead, type LookaheadOptions } from './lookahead.js';
import type { ParameterGroups } from './optimizer.js';
import { RAdam, type RAdamOptions } from './radam.js';

/** Settings of {@link ranger}: those of RAdam, with other defaults, and of Lookahead. */
export interface RangerOptions extends RAdamOptions, LookaheadOptions {
  /** Decay of the gradient's running average, β₁ (default 0.95). */
  mom?: number;
  /** Weight decay (default 0.01). */
  wd?: number;
  /** Added to the denominator (default 1e-6). */
  eps?: number;
}

/**
 * RAdam within Lookahead, which goes well with `fitFlatCos`.
 *
 * Source: Less Wright 2019, https://github.com/lessw2020/Ranger-Deep-Learning-Optimizer; fastai `optimizer.py`, `ranger`.
 *
 * @example
 * const learn = new Learner(dls, model, { lossFunc, optFunc: ranger });
 * await learn.fitFlatCos(5, 8e-3);
 */
export function ranger(
  groups: ParameterGroups,
  { k, alpha, mom = 0.95, wd = 0.01, eps = 1e-6, ...rest }: RangerOptions,
): Lookahead {
  return new Lookahead(RAdam(groups, { ...rest, mom, wd, eps }), { k, alpha });
}
