import type { MomentumState } from '@fastts/core';
import type * as tf from '@tensorflow/tfjs-core';
import type { UpdateInput, UpdateRule } from './optimizer.js';

/**
 * The rule of an optimiser that remembers a moving sum of the gradient, or nothing.
 *
 * @typeParam H the hyper-parameters that it has
 * @param withMomentum whether it remembers the sum
 * @param step its arithmetic
 */
export function momentumRule<H>(
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
