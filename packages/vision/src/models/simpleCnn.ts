import {
  AdaptiveAvgPool2d,
  AdaptiveConcatPool2d,
  AdaptiveMaxPool2d,
  Flatten,
  type Pool2d,
  registered,
  Sequential,
} from '@fastts/core';
import { ConvLayer } from './layers/convLayer.js';

/** Global pooling: average, max, or both concatenated. */
export type PoolType = 'Avg' | 'Max' | 'Cat';

const POOLS = { Avg: AdaptiveAvgPool2d, Max: AdaptiveMaxPool2d, Cat: AdaptiveConcatPool2d };

/** The layer class for a kind of global pooling. Source: fastai `layers.py`. */
export function adaptivePool(poolType: PoolType): new (size?: number) => Pool2d {
  return POOLS[poolType];
}

/**
 * `[n, height, width, channels]` to `[n, channels]`, or twice as many of `'Cat'`.
 *
 * Source: fastai `layers.py`.
 */
@registered('PoolFlatten')
export class PoolFlatten extends Sequential {
  constructor(poolType: PoolType = 'Avg') {
    super(new (adaptivePool(poolType))(1), new Flatten());
  }
}

/** Options of {@link SimpleCNN}. */
export interface SimpleCNNOptions {
  /** Kernel sizes (default 3). */
  kernelSzs?: readonly number[];
  /** Strides (default 2). */
  strides?: readonly number[];
  /** Whether batch norm follows each convolution but the last (default true). */
  bn?: boolean;
}

/**
 * A sequence of convolutions and global average pooling: `[n, height, width, filters[0]]` to
 * `[n, filters.at(-1)]`.
 *
 * Source: fastai `layers.py`.
 */
@registered('SimpleCNN')
export class SimpleCNN extends Sequential {
  /** @param filters Channels of the input and of each convolution. */
  constructor(
    filters: readonly number[],
    { kernelSzs = [], strides = [], bn = true }: SimpleCNNOptions = {},
  ) {
    const outputs = filters.slice(1);
    const layers = outputs.map(
      (nf, i) =>
        new ConvLayer(filters[i]!, nf, {
          ks: kernelSzs[i] ?? 3,
          stride: strides[i] ?? 2,
          normType: bn && i < outputs.length - 1 ? 'batch' : null,
        }),
    );
    super(...layers, new PoolFlatten());
  }
}
