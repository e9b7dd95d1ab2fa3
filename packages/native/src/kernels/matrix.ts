import {
  type _FusedMatMulAttrs,
  type BatchMatMulAttrs,
  broadcast_util,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../backend.js';
import { kernel, type NativeKernel } from '../kernel.js';
import { numbers } from '../names.js';
import { activationSymbols } from './activation.js';

/** Matrix products. */
export const matrixKernels: readonly NativeKernel[] = [
  kernel<{ a: TensorInfo; b: TensorInfo }, BatchMatMulAttrs>('BatchMatMul', ({ a, b }, attrs, backend) =>
    matMul(backend, a, b, attrs.transposeA, attrs.transposeB),
  ),

  kernel<{ a: TensorInfo; b: TensorInfo; bias?: TensorInfo }, _FusedMatMulAttrs>(
    '_FusedMatMul',
    ({ a, b, bias }, { transposeA, transposeB, activation }, backend) => {
      const columns = b.shape[b.shape.length - (transposeB ? 2 : 1)]!;
      const biasValues = bias && backend.floats(bias);
      const symbol = activationSymbols[activation ?? 'linear'];
      if (symbol === undefined || (bias && biasValues?.length !== columns)) return undefined;
      const product = matMul(backend, a, b, transposeA, transposeB);
      if (product) {
        const values = backend.floats(product)!;
        backend.addon.kernels.biasActivation!(values, biasValues, columns, symbol);
      }
      return product;
    },
  ),
];

function matMul(
  backend: NativeBackend,
  a: TensorInfo,
  b: TensorInfo,
  transposeA: boolean,
  transposeB: boolean,
) {
  const [aValues, bValues] = [backend.floats(a), backend.floats(b)];
  if (!aValues || !bValues) return undefined;
  const [aRank, bRank] = [a.shape.length, b.shape.length];
  const inner = a.shape[aRank - (transposeA ? 2 : 1)]!;
  const rows = a.shape[aRank - (transposeA ? 1 : 2)]!;
  const columns = b.shape[bRank - (transposeB ? 2 : 1)]!;
  const innerB = b.shape[bRank - (transposeB ? 1 : 2)]!;
  util.assert(
    inner === innerB,
    () =>
      `Error in matMul: inner shapes (${inner}) and (${innerB}) of Tensors with shapes ${a.shape} and ${b.shape} ` +
      `and transposeA=${transposeA} and transposeB=${transposeB} must match.`,
  );
  const outerA = a.shape.slice(0, -2);
  const outerB = b.shape.slice(0, -2);
  const outer = broadcast_util.assertAndGetBroadcastShape(outerA, outerB);
  const batch = util.sizeFromShape(outer);
  const strideA = strideOfBatch(outerA, batch, rows * inner);
  const strideB = strideOfBatch(outerB, batch, inner * columns);
  // A batch broadcast in the middle has no single stride.
  if (strideA === undefined || strideB === undefined) return undefined;
  const y = backend.output([...outer, rows, columns]);
  if (y.values.length === 0) return y.info;
  backend.addon.kernels.matMul!(
    aValues,
    bValues,
    y.values,
    numbers('MatMulShape', {
      batch,
      m: rows,
      n: columns,
      k: inner,
      transposeA,
      transposeB,
      strideA,
      strideB,
    }),
  );
  return y.info;
}

function strideOfBatch(outer: number[], batch: number, size: number): number | undefined {
  const own = util.sizeFromShape(outer);
  if (own === batch) return size;
  return own === 1 ? 0 : undefined;
}
