import * as tf from '@tensorflow/tfjs-core';
import { type Initial, Parameter } from '../modules/parameter.js';
import { registered } from '../registry/registry.js';
import { ComputedWeight, type Convolution } from './computedWeight.js';

/**
 * A convolution whose weight is `weightG · weightV / ‖weightV‖`, with one norm per output channel: length and direction
 * are learned separately.
 *
 * PyTorch's `torch.nn.utils.weight_norm`. Initially the weight equals the convolution's.
 *
 * Source: Salimans and Kingma 2016 (https://arxiv.org/abs/1602.07868).
 *
 * @example
 * new WeightNorm(new Conv2d(3, 8, 3));
 */
@registered('WeightNorm')
export class WeightNorm extends ComputedWeight {
  readonly weightG: Parameter;
  readonly weightV: Parameter;

  constructor(convolution: Convolution) {
    super(convolution);
    this.weightV = convolution.weight;
    this.weightG = new Parameter(this.length, this.weightV.layout);
  }

  /** Sets `weightG` to the norm of `weightV`, so that the weight equals `weightV`. */
  resetLength(): void {
    this.weightG.reset(this.length);
  }

  private get length(): Initial {
    const { shape } = this.weightV;
    return {
      shape: shape.map((size, axis) => (axis < shape.length - 1 ? 1 : size)),
      compute: () => norms(this.weightV.value),
    };
  }

  protected computed(): tf.Tensor {
    return tf.mul(this.weightV.value, tf.div(this.weightG.value, norms(this.weightV.value)));
  }
}

/** The norm over all axes but the last, which is the first in PyTorch's layout. */
function norms(weight: tf.Tensor): tf.Tensor {
  const axes = weight.shape.slice(0, -1).map((_, axis) => axis);
  return tf.sqrt(tf.sum(tf.square(weight), axes, true));
}
