import {
  addRelu,
  BatchNorm2d,
  Conv2d,
  constant_,
  convNorm,
  isPlain,
  kaimingUniform_,
  type Module,
  normal_,
  ReLU,
  registered,
  Sequential,
} from '@fastts/core';
import * as tf from '@tensorflow/tfjs';

/**
 * Which normalisation follows a convolution: batch norm, batch norm whose scale begins at zero (so that the
 * block it ends begins as the identity), or none.
 */
export type NormType = 'batch' | 'batchZero' | null;

/** Makes an activation, such as `() => new ReLU()`; `null` for none. */
export type MakeActivation = (() => Module) | null;

/** Options of {@link ConvLayer}. */
export interface ConvLayerOptions {
  /** Side of the kernel (default 3). */
  kernelSize?: number;
  /** Default 1. */
  stride?: number;
  /** Default half the kernel, so that stride 1 keeps the size. */
  padding?: number;
  /** Groups of channels that see only each other (default 1). */
  groups?: number;
  /** Whether the convolution has a bias (default: where no norm follows). */
  bias?: boolean;
  /** What follows the convolution (default `'batch'`). */
  norm?: NormType;
  /** What comes last (default ReLU). */
  activation?: MakeActivation;
}

/** The activation that models take by default. */
export const defaultActivation = (): Module => new ReLU();

/** fastai's first value of the shift of a batch norm. */
const NORM_BIAS = 1e-3;

/** fastai's deviation of the first biases of a convolution. */
const BIAS_DEVIATION = 0.01;

/**
 * A convolution, its norm, its activation.
 *
 * Shapes: `[n, height, width, channelsIn]` to `[n, height / stride, width / stride, channelsOut]`.
 *
 * Source: fastai `layers.py`.
 */
@registered('ConvLayer')
export class ConvLayer extends Sequential {
  constructor(
    channelsIn: number,
    channelsOut: number,
    {
      kernelSize = 3,
      stride = 1,
      padding = Math.trunc((kernelSize - 1) / 2),
      groups = 1,
      norm = 'batch',
      bias = norm === null,
      activation = defaultActivation,
    }: ConvLayerOptions = {},
  ) {
    const conv = new Conv2d(channelsIn, channelsOut, kernelSize, { stride, padding, groups, bias });
    const act = activation?.();
    if (act instanceof ReLU) kaimingUniform_(conv.weight);
    if (conv.bias) normal_(conv.bias, 0, BIAS_DEVIATION);
    super(conv);
    if (norm !== null) this.append(makeNorm(channelsOut, norm));
    if (act) this.append(act);
  }

  override forward(x: tf.Tensor): tf.Tensor {
    const [, , act] = this;
    const pair = this.fusible();
    if (!pair || this.length > 3 || (act && !isPlain(act, ReLU))) return super.forward(x);
    return tf.tidy(() => convNorm(x as tf.Tensor4D, ...pair, { activation: act ? 'relu' : null }));
  }

  /** `max(forward(x) + addend, 0)`, as it ends a residual block: in fewer passes, where that is possible. */
  addRelu(x: tf.Tensor, addend: tf.Tensor): tf.Tensor {
    const pair = this.length === 2 ? this.fusible() : null;
    return tf.tidy(() => {
      if (!pair) return addRelu(this.forward(x), addend);
      return convNorm(x as tf.Tensor4D, ...pair, { addend: addend as tf.Tensor4D, activation: 'relu' });
    });
  }

  /** The convolution and the norm that it begins with, where {@link convNorm} can take them as one. */
  private fusible(): [Conv2d, BatchNorm2d] | null {
    const [conv, norm] = this;
    const fits = isPlain(conv, Conv2d) && conv.bias === null && isPlain(norm, BatchNorm2d);
    return fits ? [conv, norm] : null;
  }
}

function makeNorm(channels: number, norm: 'batch' | 'batchZero'): BatchNorm2d {
  const layer = new BatchNorm2d(channels);
  constant_(layer.bias!, NORM_BIAS);
  if (norm === 'batchZero') constant_(layer.weight!, 0);
  return layer;
}
