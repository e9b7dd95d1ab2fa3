import * as tf from '@tensorflow/tfjs';
import { hasKernel, runKernel } from './engineKernel.js';

/** Hyperparameters of {@link adamStep}. */
export interface AdamStepOptions {
  /** Learning rate. */
  lr: number;
  /** Share of the old average in the gradient's moving average, β₁. */
  mom: number;
  /** Share of the old average in the squared gradient's moving average, β₂. */
  sqrMom: number;
  /** Added to the denominator. */
  eps: number;
  /** Weight decay. */
  wd: number;
  /** Whether the decay shrinks the parameter (AdamW) rather than being added to the gradient (default true). */
  decoupled?: boolean;
  /** Which step this is, from 1: the averages, which begin at zero, are corrected by it. */
  step: number;
  /**
   * Whether the engine may write the new values over those of the inputs, where no other tensor has them (default
   * false): the inputs' own values are undefined afterwards.
   */
  inPlace?: boolean;
}

/** A parameter with its state, as {@link adamStep} takes and gives them; all of one shape. */
export interface AdamState {
  param: tf.Tensor;
  /** Moving average of the gradient, zeros before the first step. */
  avg: tf.Tensor;
  /** Moving average of the squared gradient, zeros before the first step. */
  sqrAvg: tf.Tensor;
}

/**
 * One step of Adam, or of AdamW. The inputs stay as they are, unless it is asked for in place.
 *
 * Source: fastai 2.8 `optimizer.py` (`weight_decay` or `l2_reg`, `average_grad` with dampening,
 * `average_sqr_grad`, `adam_step`); Kingma and Ba 2015; Loshchilov and Hutter 2019.
 */
export function adamStep(
  { param, grad, avg, sqrAvg }: AdamState & { grad: tf.Tensor },
  { lr, mom, sqrMom, eps, wd, decoupled = true, step, inPlace = false }: AdamStepOptions,
): AdamState {
  if (hasKernel('AdamStep')) {
    const [newParam, newAvg, newSqrAvg] = runKernel<tf.Tensor[]>(
      'AdamStep',
      { param, grad, avg, sqrAvg },
      { lr, mom, sqrMom, eps, wd, decoupled, step, inPlace },
    );
    return { param: newParam!, avg: newAvg!, sqrAvg: newSqrAvg! };
  }
  return tf.tidy(() => {
    const { decayed, gradient } = decay(param, grad, lr, wd, decoupled);
    const newAvg = tf.add(tf.mul(avg, mom), tf.mul(gradient, 1 - mom));
    const newSqrAvg = tf.add(tf.mul(sqrAvg, sqrMom), tf.mul(tf.square(gradient), 1 - sqrMom));
    const denominator = tf.add(tf.sqrt(tf.div(newSqrAvg, 1 - sqrMom ** step)), eps);
    const move = tf.mul(tf.div(newAvg, denominator), lr / (1 - mom ** step));
    return { param: tf.sub(decayed, move), avg: newAvg, sqrAvg: newSqrAvg };
  });
}

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
}

/** A parameter with its state, as {@link sgdStep} takes and gives them. */
export interface SgdState {
  param: tf.Tensor;
  /** Moving sum of the gradient, zeros before the first step; `null` for a step without momentum. */
  avg: tf.Tensor | null;
}

/**
 * One step of stochastic gradient descent, with momentum if there is a moving sum. The inputs stay as they are.
 *
 * Source: fastai 2.8 `optimizer.py` (`weight_decay` or `l2_reg`, `average_grad` without dampening,
 * `momentum_step` or `sgd_step`).
 */
export function sgdStep(
  { param, grad, avg }: SgdState & { grad: tf.Tensor },
  { lr, mom, wd, decoupled = true }: SgdStepOptions,
): SgdState {
  if (hasKernel('SgdStep')) {
    const [newParam, newAvg] = runKernel<tf.Tensor[]>(
      'SgdStep',
      avg ? { param, grad, avg } : { param, grad },
      { lr, mom, wd, decoupled },
    );
    return { param: newParam!, avg: newAvg ?? null };
  }
  const [newParam, newAvg] = tf.tidy(() => {
    const { decayed, gradient } = decay(param, grad, lr, wd, decoupled);
    const average = avg ? [tf.add(tf.mul(avg, mom), gradient)] : [];
    return [tf.sub(decayed, tf.mul(average[0] ?? gradient, lr)), ...average];
  });
  return { param: newParam!, avg: newAvg ?? null };
}

function decay(
  param: tf.Tensor,
  grad: tf.Tensor,
  lr: number,
  wd: number,
  decoupled: boolean,
): { decayed: tf.Tensor; gradient: tf.Tensor } {
  if (wd === 0) return { decayed: param, gradient: grad };
  return decoupled
    ? { decayed: tf.mul(param, 1 - lr * wd), gradient: grad }
    : { decayed: param, gradient: tf.add(grad, tf.mul(param, wd)) };
}
