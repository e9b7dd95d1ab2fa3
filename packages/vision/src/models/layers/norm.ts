import { BatchNorm1d, BatchNorm2d, constant_, InstanceNorm2d, type Module } from '@fastts/core';

/**
 * How a convolution is normalised: by batch norm or instance norm after it, of which `batchZero` and `instanceZero`
 * begin with a scale of zero (so that the block that they end begins as the identity); by weight or spectral norm of
 * its filters; or not at all.
 */
export type NormType = 'batch' | 'batchZero' | 'weight' | 'spectral' | 'instance' | 'instanceZero' | null;

/** fastai's first value of the shift of a norm. */
const NORM_BIAS = 1e-3;

/** The layer that follows a convolution, where its norm is one. Source: fastai `layers.py`, `_get_norm`. */
export function normAfter(channels: number, normType: NormType): Module | null {
  if (normType === null || normType === 'weight' || normType === 'spectral') return null;
  const isZero = normType === 'batchZero' || normType === 'instanceZero';
  return normType.startsWith('batch')
    ? begun(new BatchNorm2d(channels), isZero)
    : begun(new InstanceNorm2d(channels, { affine: true }), isZero);
}

/** Batch norm of features, begun as fastai's. */
export function featureNorm(features: number): BatchNorm1d {
  return begun(new BatchNorm1d(features), false);
}

function begun<T extends BatchNorm1d | BatchNorm2d | InstanceNorm2d>(norm: T, isZero: boolean): T {
  constant_(norm.bias!, NORM_BIAS);
  if (isZero) constant_(norm.weight!, 0);
  return norm;
}
