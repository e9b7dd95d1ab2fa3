import type { AdaptiveState } from '@fastts/core';
import type * as tf from '@tensorflow/tfjs-core';
import type { UpdateRule } from './optimizer.js';

/**
 * The rule of an optimiser that remembers Adam's two running averages.
 *
 * @typeParam H the hyper-parameters that it has
 * @param step its arithmetic
 */
export function adaptiveRule<H>(
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

/** The hyper-parameters of Adam and of most of its relatives. */
export type AdaptiveHypers = Record<'lr' | 'mom' | 'sqrMom' | 'eps' | 'wd', number>;
