import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { NativeBackend, Output } from '../backend.js';
import { kernel, type NativeKernel } from '../kernel.js';
import { numbers } from '../names.js';

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
  /** Number of the step, from 1. */
  step: number;
  /** Whether the old values may be overwritten. */
  inPlace?: boolean;
}

interface SgdAttrs {
  lr: number;
  mom: number;
  wd: number;
  decoupled: boolean;
  /** Whether the old values may be overwritten. */
  inPlace?: boolean;
}

/** Optimizer steps that read and write each number once. */
export const optimizerKernels: readonly NativeKernel[] = [
  kernel<AdamInputs, AdamAttrs>('AdamStep', ({ param, grad, avg, sqrAvg }, attrs, backend) => {
    const values = [param, grad, avg, sqrAvg].map((tensor) => backend.floats(tensor));
    if (values.includes(undefined)) return undefined;
    const outputs = newValues([param, avg, sqrAvg], attrs.inPlace, backend);
    backend.addon.kernels.adamStep!(
      ...values,
      ...outputs.map((output) => output.values),
      numbers('AdamStep', attrs),
    );
    return outputs.map((output) => output.info);
  }),

  kernel<{ param: TensorInfo; grad: TensorInfo; avg?: TensorInfo }, SgdAttrs>(
    'SgdStep',
    ({ param, grad, avg }, attrs, backend) => {
      const values = [param, grad, avg].map((tensor) => (tensor ? backend.floats(tensor) : null));
      if (values.includes(undefined)) return undefined;
      const outputs = newValues(avg ? [param, avg] : [param], attrs.inPlace, backend);
      const [newParam, newAvg] = outputs.map((output) => output.values);
      backend.addon.kernels.sgdStep!(...values, newParam, newAvg, numbers('SgdStep', attrs));
      return outputs.map((output) => output.info);
    },
  ),
];

/** Where a step writes: to `old` if `inPlace` and nothing else refers to its values, or else to new tensors. */
function newValues(
  old: readonly TensorInfo[],
  inPlace: boolean | undefined,
  backend: NativeBackend,
): Output[] {
  if (!inPlace || !old.every((tensor) => backend.mayOverwrite(tensor))) {
    return old.map(({ shape }) => backend.output(shape));
  }
  return old.map((tensor) => ({
    values: backend.floats(tensor)!,
    info: backend.reshaped(tensor, tensor.shape),
  }));
}
