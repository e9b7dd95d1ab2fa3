import { BatchNorm1d, BatchNorm2d, constant_, InstanceNorm2d, type Module } from '@fastts/core';

/**
 * The normalization of a convolution: a batch or instance norm after it, whose scale starts at zero for `batchZero` and
 * `instanceZero` (so that the residual block it ends starts as the identity); weight or spectral norm of its filters; or
 * none.
 */
export type NormType = 'batch' | 'batchZero' | 'weight' | 'spectral' | 'instance' | 'instanceZero' | null;

/** fastai's initial bias of a norm. */
const NORM_BIAS = 1e-3;

/** The norm layer after a convolution, if its norm is one. Source: fastai `layers.py`, `_get_norm`. */
export function normAfter(channels: number, normType: NormType): Module | null {
  if (normType === null || normType === 'weight' || normType === 'spectral') return null;
  const isZero = normType === 'batchZero' || normType === 'instanceZero';
  return normType.startsWith('batch')
    ? initialized(new BatchNorm2d(channels), isZero)
    : initialized(new InstanceNorm2d(channels, { affine: true }), isZero);
}

/** Batch norm of features, initialized as in fastai. */
export function featureNorm(features: number): BatchNorm1d {
  return initialized(new BatchNorm1d(features), false);
}

function initialized<T extends BatchNorm1d | BatchNorm2d | InstanceNorm2d>(norm: T, isZero: boolean): T {
  constant_(norm.bias!, NORM_BIAS);
  if (isZero) constant_(norm.weight!, 0);
  return norm;
}
