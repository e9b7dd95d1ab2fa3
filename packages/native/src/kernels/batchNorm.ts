import type { FusedBatchNormAttrs, TensorInfo } from '@tensorflow/tfjs-core';
import { kernel, type NativeKernel } from '../kernel.js';

interface Attrs {
  epsilon: number;
  /** What the output goes through. */
  activation?: 'relu' | null;
}

interface GradInputs {
  dy: TensorInfo;
  x: TensorInfo;
  scale: TensorInfo;
  mean: TensorInfo;
  variance: TensorInfo;
  /** Where there is an activation, which is computed again from it. */
  offset?: TensorInfo;
}

/** Batch normalisation over the last dimension: for inference, and for training with its gradient. */
export const batchNormKernels: readonly NativeKernel[] = [
  kernel<
    { x: TensorInfo; mean: TensorInfo; variance: TensorInfo; scale?: TensorInfo; offset?: TensorInfo },
    FusedBatchNormAttrs
  >('FusedBatchNorm', ({ x, mean, variance, scale, offset }, { varianceEpsilon }, backend) => {
    const channels = x.shape[x.shape.length - 1];
    const perChannel = [mean, variance, scale, offset];
    const values = [x, ...perChannel].map((tensor) => (tensor ? backend.floats(tensor) : null));
    // Statistics of another shape, which repeat over x, are rare.
    const plain = perChannel.every(
      (tensor) => !tensor || (tensor.shape.length === 1 && tensor.shape[0] === channels),
    );
    if (!plain || values.includes(undefined)) return undefined;
    const y = backend.output(x.shape);
    backend.addon.kernels.batchNorm!(...values, y.values, varianceEpsilon ?? 0.001);
    return y.info;
  }),

  kernel<{ x: TensorInfo; scale: TensorInfo; offset: TensorInfo }, Attrs>(
    'BatchNormTrain',
    ({ x, scale, offset }, { epsilon, activation }, backend) => {
      const values = [x, scale, offset].map((tensor) => backend.floats(tensor));
      if (values.includes(undefined)) return undefined;
      const [y, mean, variance] = [x, scale, scale].map(({ shape }) => backend.output(shape));
      backend.addon.kernels.batchNormTrain!(
        ...values,
        y!.values,
        mean!.values,
        variance!.values,
        epsilon,
        activation === 'relu',
      );
      return [y!.info, mean!.info, variance!.info];
    },
  ),

  kernel<GradInputs, Attrs>(
    'BatchNormTrainGrad',
    ({ dy, x, scale, mean, variance, offset }, { epsilon, activation }, backend) => {
      const values = [dy, x, scale, mean, variance].map((tensor) => backend.floats(tensor));
      const shift = activation === 'relu' ? backend.floats(offset!) : null;
      if (values.includes(undefined) || shift === undefined) return undefined;
      const [dx, dScale, dOffset] = [x, scale, scale].map(({ shape }) => backend.output(shape));
      backend.addon.kernels.batchNormTrainGrad!(
        ...values,
        shift,
        dx!.values,
        dScale!.values,
        dOffset!.values,
        epsilon,
      );
      return [dx!.info, dScale!.info, dOffset!.info];
    },
  ),
];
