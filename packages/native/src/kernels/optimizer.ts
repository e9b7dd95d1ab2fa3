import type { TensorInfo } from '@tensorflow/tfjs-core';
import { kernel, type NativeKernel } from '../kernel.js';

interface AdamInputs {
  param: TensorInfo;
  grad: TensorInfo;
  avg: TensorInfo;
  sqrAvg: TensorInfo;
}

interface AdamAttrs {
  lr: number;
  mom: number;
  sqrMom: number;
  eps: number;
  wd: number;
  decoupled: boolean;
  /** 1 for the first step. */
  step: number;
  /** Whether the new values may take the place of the old. */
  inPlace?: boolean;
}

interface SgdAttrs {
  lr: number;
  mom: number;
  wd: number;
  decoupled: boolean;
}

/** Optimiser steps that read and write each number once. */
export const optimizerKernels: readonly NativeKernel[] = [
  kernel<AdamInputs, AdamAttrs>('AdamStep', ({ param, grad, avg, sqrAvg }, attrs, backend) => {
    const values = [param, grad, avg, sqrAvg].map((tensor) => backend.floats(tensor));
    if (values.includes(undefined)) return undefined;
    const { lr, mom, sqrMom, eps, wd, decoupled, step, inPlace } = attrs;
    const old = [param, avg, sqrAvg];
    const outputs =
      inPlace && old.every((tensor) => backend.mayOverwrite(tensor))
        ? old.map((tensor) => ({
            values: backend.floats(tensor)!,
            info: backend.reshaped(tensor, tensor.shape),
          }))
        : old.map(({ shape }) => backend.output(shape));
    backend.addon.kernels.adamStep!(
      ...values,
      ...outputs.map((output) => output.values),
      ...[lr, mom, sqrMom, eps, wd, decoupled, step],
    );
    return outputs.map((output) => output.info);
  }),

  kernel<{ param: TensorInfo; grad: TensorInfo; avg?: TensorInfo }, SgdAttrs>(
    'SgdStep',
    ({ param, grad, avg }, { lr, mom, wd, decoupled }, backend) => {
      const values = [param, grad, avg].map((tensor) => (tensor ? backend.floats(tensor) : null));
      if (values.includes(undefined)) return undefined;
      const newParam = backend.output(param.shape);
      const newAvg = avg ? backend.output(param.shape) : undefined;
      backend.addon.kernels.sgdStep!(...values, newParam.values, newAvg?.values, lr, mom, wd, decoupled);
      return newAvg ? [newParam.info, newAvg.info] : [newParam.info];
    },
  ),
];
