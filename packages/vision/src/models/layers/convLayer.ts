import {
  addRelu,
  BatchNorm2d,
  Conv2d,
  ConvTranspose2d,
  convNorm,
  isPlain,
  type Module,
  type NormActivation,
  ReLU,
  registered,
  Sequential,
  SpectralNorm,
  WeightNorm,
} from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { type ActCls, defaultActivation, makeActivation } from './activation.js';
import { initLinear, type WeightInit } from './initLayers.js';
import { type NormType, normAfter } from './norm.js';

/** Options of {@link ConvLayer}. */
export interface ConvLayerOptions {
  /** Kernel size (default 3). */
  ks?: number;
  /** Default 1. */
  stride?: number;
  /** Padding (default: half the kernel, so that stride 1 keeps the size; 0 for a transposed convolution). */
  padding?: number;
  /** Step between the kernel's taps (default 1); not for a transposed convolution. */
  dilation?: number;
  /** Number of channel groups (default 1). */
  groups?: number;
  /** Whether the convolution has a bias (default: unless a batch or instance norm follows). */
  bias?: boolean;
  /** The normalization (default `'batch'`). */
  normType?: NormType;
  /** Whether the norm comes before the activation rather than after it (default true). */
  bn1st?: boolean;
  /** The activation (default ReLU); `null` for none. */
  actCls?: ActCls | null;
  /** Whether the convolution is transposed (default false). */
  transpose?: boolean;
  /** Initialization of the weight (default `'auto'`, by the activation). */
  init?: WeightInit;
  /** Standard deviation of the initial biases (default 0.01); `null` keeps PyTorch's default. */
  biasStd?: number | null;
  /** An additional last layer (default none). */
  xtra?: Module | null;
}

/**
 * A convolution with its norm and activation.
 *
 * Shapes: `[n, height, width, ni]` to `[n, height / stride, width / stride, nf]`.
 *
 * Source: fastai `layers.py`.
 */
@registered('ConvLayer')
export class ConvLayer extends Sequential {
  constructor(ni: number, nf: number, options: ConvLayerOptions = {}) {
    const { normType = 'batch', bn1st = true, actCls = defaultActivation, init, biasStd } = options;
    const norm = normAfter(nf, normType);
    const conv = makeConvolution(ni, nf, { ...options, bias: options.bias ?? norm === null });
    const act = actCls && makeActivation(actCls);
    initLinear(conv, { act, init, biasStd });
    const after = bn1st ? [norm, act] : [act, norm];
    const layers = [normed(conv, normType), ...after, options.xtra];
    super(...layers.filter((layer) => !!layer));
  }

  override forward(x: tf.Tensor): tf.Tensor {
    const [, , act] = this;
    const pair = this.fusible();
    if (!pair || this.length > 3) return super.forward(x);
    const isRelu = isPlain(act, ReLU);
    return tf.tidy(() => {
      const y = convNorm(x as tf.Tensor4D, ...pair, { activation: isRelu ? 'relu' : null });
      return act && !isRelu ? act.forward(y) : y;
    });
  }

  /** `activation(forward(x) + addend)`, the end of a residual block, fused where possible. */
  forwardAdd(x: tf.Tensor, addend: tf.Tensor, activation: NormActivation): tf.Tensor {
    const pair = this.length === 2 ? this.fusible() : null;
    return tf.tidy(() => {
      if (pair) return convNorm(x as tf.Tensor4D, ...pair, { addend: addend as tf.Tensor4D, activation });
      return (activation ? addRelu : tf.add)(this.forward(x), addend);
    });
  }

  /** Its convolution and norm, where {@link convNorm} can fuse them. */
  private fusible(): [Conv2d, BatchNorm2d] | null {
    const [conv, norm] = this;
    const fits = isPlain(conv, Conv2d) && conv.bias === null && isPlain(norm, BatchNorm2d);
    return fits ? [conv, norm] : null;
  }
}

function makeConvolution(
  ni: number,
  nf: number,
  { ks = 3, stride = 1, padding, dilation = 1, groups = 1, bias, transpose = false }: ConvLayerOptions,
): Conv2d | ConvTranspose2d {
  return transpose
    ? new ConvTranspose2d(ni, nf, ks, { stride, padding, groups, bias })
    : new Conv2d(ni, nf, ks, { stride, padding: padding ?? halfOf(ks), dilation, groups, bias });
}

const halfOf = (ks: number) => Math.trunc((ks - 1) / 2);

/** The convolution, with normalized filters if that is its norm. */
function normed(conv: Conv2d | ConvTranspose2d, normType: NormType): Module {
  if (normType === 'weight') return new WeightNorm(conv);
  return normType === 'spectral' ? new SpectralNorm(conv) : conv;
}
