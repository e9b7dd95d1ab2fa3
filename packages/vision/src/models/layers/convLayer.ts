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
import { initLinear, type WeightInit } from './initLinear.js';
import { type NormType, normAfter } from './norm.js';

/** Options of {@link ConvLayer}. */
export interface ConvLayerOptions {
  /** Side of the kernel (default 3). */
  ks?: number;
  /** Default 1. */
  stride?: number;
  /** Default half the kernel, so that stride 1 keeps the size; of a transposed convolution 0. */
  padding?: number;
  /** Step between the kernel's taps (default 1); a transposed convolution has none. */
  dilation?: number;
  /** Groups of channels that see only each other (default 1). */
  groups?: number;
  /** Whether the convolution has a bias (default: where no batch or instance norm follows). */
  bias?: boolean;
  /** How it is normalised (default `'batch'`). */
  normType?: NormType;
  /** Whether the norm comes before the activation rather than after it (default true). */
  bn1st?: boolean;
  /** The activation (default ReLU); `null` for none. */
  actCls?: ActCls | null;
  /** Whether the convolution is transposed (default false). */
  transpose?: boolean;
  /** The weight's first values (default `'auto'`, by the activation). */
  init?: WeightInit;
  /** Deviation of the first biases (default 0.01); `null` leaves PyTorch's. */
  biasStd?: number | null;
  /** A further layer at the end (default none). */
  xtra?: Module | null;
}

/**
 * A convolution, its norm, its activation.
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

  /** `activation(forward(x) + addend)`, as it ends a residual block: in fewer passes, where that is possible. */
  forwardAdd(x: tf.Tensor, addend: tf.Tensor, activation: NormActivation): tf.Tensor {
    const pair = this.length === 2 ? this.fusible() : null;
    return tf.tidy(() => {
      if (pair) return convNorm(x as tf.Tensor4D, ...pair, { addend: addend as tf.Tensor4D, activation });
      return (activation ? addRelu : tf.add)(this.forward(x), addend);
    });
  }

  /** The convolution and the norm that it begins with, where {@link convNorm} can take them as one. */
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

/** The convolution with its filters normalised, where that is its norm. */
function normed(conv: Conv2d | ConvTranspose2d, normType: NormType): Module {
  if (normType === 'weight') return new WeightNorm(conv);
  return normType === 'spectral' ? new SpectralNorm(conv) : conv;
}
