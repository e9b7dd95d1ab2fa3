import type * as tf from '@tensorflow/tfjs-core';
import { elementwise } from './elementwise.js';
import { kernel } from './kernel.js';

interface AdamAttrs {
  lr: number;
  mom: number;
  sqrMom: number;
  eps: number;
  wd: number;
  decoupled: boolean;
  /** Number of the step, from 1. */
  step: number;
}

interface AdamInputs {
  param: tf.TensorInfo;
  grad: tf.TensorInfo;
  avg: tf.TensorInfo;
  sqrAvg: tf.TensorInfo;
}

/** A step of Adam. tfjs's programs have one output, so each of the three is a program. */
export const adamStep = kernel<AdamInputs, AdamAttrs>(
  'AdamStep',
  ({ param, grad, avg, sqrAvg }, { lr, mom, sqrMom, eps, wd, decoupled, step }, backend) => {
    const l2 = decoupled ? 0 : wd;
    const gradient = '(grad + param * uniforms.l2)';
    const average = (name: string, term: string, value: tf.TensorInfo, keep: number) =>
      elementwise(
        backend,
        name,
        { average: value, grad, param },
        `average * uniforms.keep + ${term} * uniforms.take`,
        { keep, take: 1 - keep, l2 },
      );
    const nextAvg = average('adamAverage', gradient, avg, mom);
    const nextSqrAvg = average('adamSquare', `${gradient} * ${gradient}`, sqrAvg, sqrMom);
    const nextParam = elementwise(
      backend,
      'adamParam',
      { param, avg: nextAvg, sqrAvg: nextSqrAvg },
      'param * uniforms.decay - avg / (sqrt(sqrAvg * uniforms.unbias) + uniforms.eps) * uniforms.rate',
      {
        decay: decoupled ? 1 - lr * wd : 1,
        unbias: 1 / (1 - sqrMom ** step),
        eps,
        rate: lr / (1 - mom ** step),
      },
    );
    return [nextParam, nextAvg, nextSqrAvg];
  },
);
