import type { FusedBatchNormAttrs, TensorInfo } from '@tensorflow/tfjs-core';
import { kernel, type NativeKernel } from '../kernel.js';

interface Attrs {
  epsilon: number;
  /** The activation of the output. */
  activation?: 'relu' | null;
}

interface TrainInputs {
  x: TensorInfo;
  scale: TensorInfo;
  offset: TensorInfo;
  /** Added to the normalized x. */
  addend?: TensorInfo;
  /** The moments of x, if they are known. */
  mean?: TensorInfo;
  variance?: TensorInfo;
}

interface GradInputs {
  dy: TensorInfo;
  x: TensorInfo;
  scale: TensorInfo;
  mean: TensorInfo;
  variance: TensorInfo;
  /** Present with an activation, which is computed again from it. */
  offset?: TensorInfo;
  /** The output, in place of the offset, if there was also an addend; its gradient is then the last result. */
  y?: TensorInfo;
}

interface RunningInputs {
  mean: TensorInfo;
  variance: TensorInfo;
  count: TensorInfo;
  batchMean: TensorInfo;
  batchVariance: TensorInfo;
}

/** Batch normalization over the last dimension: for inference, and for training with its gradient. */
export const batchNormKernels: readonly NativeKernel[] = [
  kernel<
    { x: TensorInfo; mean: TensorInfo; variance: TensorInfo; scale?: TensorInfo; offset?: TensorInfo },
    FusedBatchNormAttrs
  >('FusedBatchNorm', ({ x, mean, variance, scale, offset }, { varianceEpsilon }, backend) => {
    const channels = x.shape[x.shape.length - 1];
    const perChannel = [mean, variance, scale, offset];
    const values = [x, ...perChannel].map((tensor) => (tensor ? backend.floats(tensor) : null));
    // Statistics of another shape, which broadcast over x, are rare.
    const plain = perChannel.every(
      (tensor) => !tensor || (tensor.shape.length === 1 && tensor.shape[0] === channels),
    );
    if (!plain || values.includes(undefined)) return undefined;
    const y = backend.output(x.shape);
    backend.addon.kernels.batchNorm!(...values, y.values, varianceEpsilon ?? 0.001);
    return y.info;
  }),

  kernel<TrainInputs, Attrs>(
    'BatchNormTrain',
    ({ x, scale, offset, addend, mean, variance }, { epsilon, activation }, backend) => {
      const given = [x, scale, offset, ...(addend ? [addend] : [])].map((tensor) => backend.floats(tensor));
      if (given.includes(undefined)) return undefined;
      const [values, scales, offsets, added] = given;
      const known = mean && variance && [backend.floats(mean)!, backend.floats(variance)!];
      const y = backend.output(x.shape);
      const moments = known ? [] : [backend.output(scale.shape), backend.output(scale.shape)];
      backend.addon.kernels.batchNormTrain!(
        values,
        scales,
        offsets,
        added,
        y.values,
        ...(known ?? moments.map((output) => output.values)),
        epsilon,
        activation === 'relu',
        known !== undefined,
      );
      return [y, ...moments].map(({ info }) => info);
    },
  ),

  kernel<GradInputs, Attrs>(
    'BatchNormTrainGrad',
    ({ dy, x, scale, mean, variance, offset, y }, { epsilon, activation }, backend) => {
      const values = [dy, x, scale, mean, variance].map((tensor) => backend.floats(tensor));
      const shift = activation === 'relu' && !y ? backend.floats(offset!) : null;
      const output = y ? backend.floats(y) : null;
      if (values.includes(undefined) || shift === undefined || output === undefined) return undefined;
      const [dx, dScale, dOffset] = [x, scale, scale].map(({ shape }) => backend.output(shape));
      const dAddend = y ? backend.output(x.shape) : undefined;
      backend.addon.kernels.batchNormTrainGrad!(
        ...values,
        shift,
        output,
        dx!.values,
        dScale!.values,
        dOffset!.values,
        dAddend?.values,
        epsilon,
      );
      return [dx!, dScale!, dOffset!, ...(dAddend ? [dAddend] : [])].map(({ info }) => info);
    },
  ),

  kernel<RunningInputs, { momentum: number; unbiased: number }>(
    'RunningMoments',
    ({ mean, variance, count, batchMean, batchVariance }, { momentum, unbiased }, backend) => {
      const given = [mean, variance, batchMean, batchVariance].map((tensor) => backend.floats(tensor));
      const [newMean, newVariance] = [mean, variance].map(({ shape }) => backend.output(shape));
      backend.addon.kernels.runningMoments!(
        ...given,
        newMean!.values,
        newVariance!.values,
        momentum,
        unbiased,
      );
      const batches = backend.output([], 'int32');
      batches.values[0] = backend.ints(count)![0]! + 1;
      return [newMean!.info, newVariance!.info, batches.info];
    },
  ),
];
