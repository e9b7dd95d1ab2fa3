import {
  AvgPool2d,
  type Conv2d,
  drawn,
  kaimingNormal,
  type Module,
  type Parameter,
  PixelShuffle,
  ReplicationPad2d,
  registered,
  Sequential,
  SpectralNorm,
  WeightNorm,
} from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { type ActCls, defaultActivation } from './activation.js';
import { ConvLayer } from './convLayer.js';
import type { NormType } from './norm.js';

/** Options of {@link PixelShuffleICNR}. */
export interface PixelShuffleICNROptions {
  /** The scale factor of height and width (default 2). */
  scale?: number;
  /** Whether each pixel is averaged with those above and to the left, against checkerboard artifacts (default false). */
  blur?: boolean;
  /** The normalization of the convolution (default `'weight'`). */
  normType?: NormType;
  /** The activation (default ReLU); `null` for none. */
  actCls?: ActCls | null;
}

/**
 * Upsampling by a 1×1 convolution and a pixel shuffle, initialized as nearest-neighbor upsampling ({@link icnrInit}).
 *
 * Shapes: `[n, height, width, ni]` to `[n, height · scale, width · scale, nf]`.
 *
 * Source: Aitken et al. 2017 (https://arxiv.org/abs/1707.02937); blur: Sugawara, Shiota and Kiya 2018
 * (https://arxiv.org/abs/1806.02658); fastai `layers.py`, `PixelShuffle_ICNR`.
 */
@registered('PixelShuffleICNR')
export class PixelShuffleICNR extends Sequential {
  /** @param nf Output channels (default `ni`). */
  constructor(
    ni: number,
    nf = ni,
    {
      scale = 2,
      blur = false,
      normType = 'weight',
      actCls = defaultActivation,
    }: PixelShuffleICNROptions = {},
  ) {
    const conv = new ConvLayer(ni, nf * scale ** 2, { ks: 1, normType, actCls, biasStd: 0 });
    const first = conv.at(0);
    if (first instanceof WeightNorm) {
      icnrInit(first.weightV, scale);
      first.resetLength();
    } else icnrInit(first instanceof SpectralNorm ? first.weightOrig : (first as Conv2d).weight, scale);
    const blurring: Module[] = blur
      ? [new ReplicationPad2d({ left: 1, top: 1 }), new AvgPool2d(2, { stride: 1 })]
      : [];
    super(conv, new PixelShuffle(scale), ...blurring);
  }
}

/**
 * Initializes the weight of a 1×1 convolution before a pixel shuffle with Kaiming normal values that are the same for all
 * `scale²` channels of one output channel, so that it starts as nearest-neighbor upsampling.
 *
 * Source: Aitken et al. 2017 (https://arxiv.org/abs/1707.02937); fastai `layers.py`, `icnr_init`.
 *
 * @param weight `[1, 1, in, out · scale²]`
 */
export function icnrInit(weight: Parameter, scale = 2): void {
  const { shape } = weight;
  const few = [...shape.slice(0, -1), shape.at(-1)! / scale ** 2];
  const repeated = drawn(shape, (random) => {
    const values = tf.expandDims(kaimingNormal(few, { layout: 'conv', random }), -1);
    return tf.reshape(tf.tile(values, [1, 1, 1, 1, scale ** 2]), [...shape]);
  });
  weight.reset(repeated);
}
