import * as tf from '@tensorflow/tfjs-core';
import { hasKernel, runKernel } from '../engineKernel.js';
import type { MomentumState } from './momentumState.js';
import { weightDecay } from './weightDecay.js';

/** Hyperparameters of {@link sgdStep}. */
export interface SgdStepOptions {
  /** Learning rate. */
  lr: number;
  /** Share of the old average that stays in the gradient's moving sum; without `avg` it has no effect. */
  mom: number;
  /** Weight decay. */
  wd: number;
  /** Whether the decay shrinks the parameter rather than being added to the gradient (default true). */
  decoupled?: boolean;
  /** As {@link AdamStepOptions.inPlace}. */
  inPlace?: boolean;
}

/**
 * One step of stochastic gradient descent, with momentum if there is a moving sum. The inputs stay as they are, unless
 * it is asked for in place.
 *
 * Source: fastai 2.8 `optimizer.py` (`weight_decay` or `l2_reg`, `average_grad` without dampening,
 * `momentum_step` or `sgd_step`).
 */
export function sgdStep(
  { param, grad, avg }: MomentumState & { grad: tf.Tensor },
  { lr, mom, wd, decoupled = true, inPlace = false }: SgdStepOptions,
): MomentumState {
  if (hasKernel('SgdStep')) {
    const [newParam, newAvg] = runKernel<tf.Tensor[]>(
      'SgdStep',
      avg ? { param, grad, avg } : { param, grad },
      { lr, mom, wd, decoupled, inPlace },
    );
    return { param: newParam!, avg: newAvg };
  }
  return tf.tidy(() => {
    const { decayed, gradient } = weightDecay(param, grad, { lr, wd, decoupled });
    const newAvg = avg && tf.add(tf.mul(avg, mom), gradient);
    return { param: tf.sub(decayed, tf.mul(newAvg ?? gradient, lr)), avg: newAvg };
  });
}
