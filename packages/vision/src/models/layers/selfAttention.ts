import {
  buildBudget,
  Conv1d,
  constant,
  kaimingNormal_,
  Module,
  maxPool2d,
  Parameter,
  registered,
  Sequential,
  SpectralNorm,
} from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { ConvLayer } from './convLayer.js';

/**
 * Self-attention over all pixels: adds to its input the attention-weighted values, times a learned `gamma` that starts at
 * zero.
 *
 * Shapes: `[n, height, width, channels]` to the same. Memory and time grow with the square of the number of pixels.
 *
 * Source: Zhang et al. 2018 (https://arxiv.org/abs/1805.08318); fastai `layers.py`.
 */
@registered('SelfAttention')
export class SelfAttention extends Module {
  readonly query: Sequential;
  readonly key: Sequential;
  readonly value: Sequential;
  readonly gamma: Parameter;

  constructor(channels: number) {
    super();
    const narrow = Math.floor(channels / 8);
    this.query = alongPixels(channels, narrow);
    this.key = alongPixels(channels, narrow);
    this.value = alongPixels(channels, channels);
    this.gamma = new Parameter(constant([1], 0));
  }

  forward(x: tf.Tensor): tf.Tensor {
    const pixels = asPixels(x);
    const [query, key, value] = [this.query, this.key, this.value].map((layer) => layer.forward(pixels));
    buildBudget()?.output([x.shape[0]!, pixels.shape[1]!, pixels.shape[1]!]);
    // As in fastai, the softmax is over the queries, not over the keys as in transformers.
    const weights = tf.softmax(tf.matMul(key!, query!, false, true));
    const seen = tf.reshape(tf.matMul(weights, value!), x.shape);
    return tf.add(tf.mul(seen, this.gamma.value), x);
  }
}

/**
 * Like {@link SelfAttention}, with keys and values from the image at half its size.
 *
 * Shapes: `[n, height, width, channels]` to the same; height and width must be even.
 *
 * Source: Brock, Donahue and Simonyan 2018 (https://arxiv.org/abs/1809.11096); fastai `layers.py`.
 */
@registered('PooledSelfAttention2d')
export class PooledSelfAttention2d extends Module {
  readonly query: ConvLayer;
  readonly key: ConvLayer;
  readonly value: ConvLayer;
  readonly out: ConvLayer;
  readonly gamma: Parameter;

  constructor(channels: number) {
    super();
    const narrow = Math.floor(channels / 8);
    const half = Math.floor(channels / 2);
    const conv = (from: number, to: number) =>
      new ConvLayer(from, to, { ks: 1, normType: 'spectral', actCls: null, bias: false });
    this.query = conv(channels, narrow);
    this.key = conv(channels, narrow);
    this.value = conv(channels, half);
    this.out = conv(half, channels);
    this.gamma = new Parameter(constant([1], 0));
  }

  forward(x: tf.Tensor): tf.Tensor {
    const pooled = (layer: ConvLayer) => asPixels(maxPool2d(layer.forward(x) as tf.Tensor4D, 2));
    const query = asPixels(this.query.forward(x));
    const key = pooled(this.key);
    buildBudget()?.output([x.shape[0]!, query.shape[1]!, key.shape[1]!]);
    const weights = tf.softmax(tf.matMul(query, key, false, true));
    const seen = tf.matMul(weights, pooled(this.value));
    const asPicture = tf.reshape(seen, [...x.shape.slice(0, 3), seen.shape[2]!]);
    return tf.add(tf.mul(this.out.forward(asPicture), this.gamma.value), x);
  }
}

/** Options of {@link SimpleSelfAttention}. */
export interface SimpleSelfAttentionOptions {
  /** Kernel size of the convolution along the pixels in row-major order (default 1). */
  ks?: number;
  /**
   * Whether the convolution's weight is made symmetric, which needs `ks` 1 (default false). In fastai this has no effect,
   * since spectral norm restores its own weight: pass false for weights trained there.
   */
  sym?: boolean;
}

/**
 * Self-attention without softmax, linear in the number of pixels: adds to its input `x` the product of `x · xᵀ` and a
 * convolution of `x`, times a learned `gamma` that starts at zero.
 *
 * Shapes: `[n, height, width, channels]` to the same.
 *
 * Source: S. Dorier (https://github.com/sdoria/SimpleSelfAttention); fastai `layers.py`.
 */
@registered('SimpleSelfAttention')
export class SimpleSelfAttention extends Module {
  readonly conv: SpectralNorm;
  readonly gamma: Parameter;

  constructor(channels: number, { ks = 1, sym = false }: SimpleSelfAttentionOptions = {}) {
    super();
    const conv = new Conv1d(channels, channels, ks, { padding: Math.trunc(ks / 2), bias: false });
    kaimingNormal_(conv.weight);
    this.conv = sym ? new SymmetricSpectralNorm(conv) : new SpectralNorm(conv);
    this.gamma = new Parameter(constant([1], 0));
  }

  forward(x: tf.Tensor): tf.Tensor {
    const pixels = asPixels(x);
    const covariance = tf.matMul(pixels, pixels, true, false);
    const seen = tf.reshape(tf.matMul(this.conv.forward(pixels), covariance), x.shape);
    return tf.add(tf.mul(seen, this.gamma.value), x);
  }
}

/** Spectral norm of a square weight `[1, channels, channels]`, which is then averaged with its transpose. */
class SymmetricSpectralNorm extends SpectralNorm {
  protected override computed(): tf.Tensor {
    const weight = super.computed();
    return tf.div(tf.add(weight, tf.transpose(weight, [0, 2, 1])), 2);
  }
}

/** A 1×1 convolution with spectral norm and no bias. */
function alongPixels(from: number, to: number): Sequential {
  return new Sequential(new SpectralNorm(new Conv1d(from, to, 1, { bias: false })));
}

/** `[n, height, width, channels]` as `[n, height · width, channels]`. */
function asPixels(x: tf.Tensor): tf.Tensor3D {
  const [n, height, width, channels] = x.shape as tf.Tensor4D['shape'];
  return tf.reshape(x, [n, height * width, channels]);
}
