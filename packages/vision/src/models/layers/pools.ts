import { AvgPool2d, MaxBlurPool2d, MaxPool2d, type MaxPool2dOptions, type Module, named } from '@fastts/core';

/**
 * Makes the pooling that a residual block shrinks its identity path by: {@link AvgPool}, {@link MaxPool},
 * {@link MaxBlurPool}, or another. `ks` is the block's stride; as many pixels as `ceilMode` says must come out.
 */
export type MakePool = (ks: number, options: { ceilMode: boolean }) => Module;

/** Averages of windows of side and step `ks` (default 2). Source: fastai `layers.py`. */
export function AvgPool(ks = 2, options?: MaxPool2dOptions): AvgPool2d {
  return new AvgPool2d(ks, options);
}
named('AvgPool')(AvgPool);

/** Largest values of windows of side and step `ks` (default 2). Source: fastai `layers.py`. */
export function MaxPool(ks = 2, options?: MaxPool2dOptions): MaxPool2d {
  return new MaxPool2d(ks, options);
}
named('MaxPool')(MaxPool);

/**
 * Largest values of all windows of side `ks` (default 2), blurred and thinned out by `ks`: pooling that hardly sees a
 * shift by a pixel.
 *
 * Source: Zhang 2019 (https://arxiv.org/abs/1904.11486); as kornia's `MaxBlurPool2d` of kernel size 3.
 */
export function MaxBlurPool(ks = 2, { ceilMode }: { ceilMode?: boolean } = {}): MaxBlurPool2d {
  return new MaxBlurPool2d(3, { stride: ks, maxPoolSize: ks, ceilMode });
}
named('MaxBlurPool')(MaxBlurPool);
