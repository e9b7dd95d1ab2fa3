import { AvgPool2d, MaxBlurPool2d, MaxPool2d, type MaxPool2dOptions, type Module, named } from '@fastts/core';

/**
 * Creates the pooling of a residual block's identity path: {@link AvgPool}, {@link MaxPool}, {@link MaxBlurPool}, or
 * another. `ks` is the block's stride; the output size must be that of `ceilMode`.
 */
export type MakePool = (ks: number, options: { ceilMode: boolean }) => Module;

/** Average pooling with kernel size and stride `ks` (default 2). Source: fastai `layers.py`. */
export function AvgPool(ks = 2, options?: MaxPool2dOptions): AvgPool2d {
  return new AvgPool2d(ks, options);
}
named('AvgPool')(AvgPool);

/** Max pooling with kernel size and stride `ks` (default 2). Source: fastai `layers.py`. */
export function MaxPool(ks = 2, options?: MaxPool2dOptions): MaxPool2d {
  return new MaxPool2d(ks, options);
}
named('MaxPool')(MaxPool);

/**
 * Max pooling of size `ks` (default 2) with blurred subsampling by `ks`, nearly invariant to shifts by one pixel.
 *
 * Source: Zhang 2019 (https://arxiv.org/abs/1904.11486); as kornia's `MaxBlurPool2d` of kernel size 3.
 */
export function MaxBlurPool(ks = 2, { ceilMode }: { ceilMode?: boolean } = {}): MaxBlurPool2d {
  return new MaxBlurPool2d(3, { stride: ks, maxPoolSize: ks, ceilMode });
}
named('MaxBlurPool')(MaxBlurPool);
