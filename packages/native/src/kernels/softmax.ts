import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../backend.js';
import { kernel, type NativeKernel } from '../kernel.js';

/** Softmax and log softmax over the last dimension. */
export const softmaxKernels: readonly NativeKernel[] = [
  kernel<{ logits: TensorInfo }, { dim: number }>('Softmax', ({ logits }, { dim }, backend) =>
    overRows(backend, 'softmax', logits, dim),
  ),
  kernel<{ logits: TensorInfo }, { axis: number }>('LogSoftmax', ({ logits }, { axis }, backend) =>
    overRows(backend, 'logSoftmax', logits, axis),
  ),
];

function overRows(backend: NativeBackend, symbol: string, logits: TensorInfo, axis: number) {
  const values = backend.floats(logits);
  const last = logits.shape.length - 1;
  if (!values || last < 0 || (axis !== -1 && axis !== last)) return undefined;
  const y = backend.output(logits.shape);
  backend.addon.kernels[symbol]!(values, y.values, logits.shape[last]);
  return y.info;
}
