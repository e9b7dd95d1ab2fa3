import type * as tf from '@tensorflow/tfjs-core';
import { conv1d } from '../functional/convolution/conv1d.js';
import { conv2d } from '../functional/convolution/conv2d.js';
import { convTranspose2d } from '../functional/convolution/convTranspose2d.js';
import { Module } from '../modules/module.js';
import type { Parameter } from '../modules/parameter.js';
import { Conv1d } from './conv1d.js';
import type { Conv2d } from './conv2d.js';
import { ConvTranspose2d } from './convTranspose2d.js';

/** A convolution whose weight can be computed from other parameters. */
export type Convolution = Conv1d | Conv2d | ConvTranspose2d;

/**
 * A convolution whose weight is computed from other parameters in each pass. Those replace the convolution's `weight`.
 */
export abstract class ComputedWeight extends Module {
  readonly bias: Parameter | null;
  /** Private, so that it is not a child module: its parameters are named as this module's. */
  readonly #convolution: Convolution;

  constructor(convolution: Convolution) {
    super();
    this.bias = convolution.bias;
    this.#convolution = convolution;
  }

  /** The weight for this pass, in the layout of the convolution's weight. */
  protected abstract computed(): tf.Tensor;

  /** Whether it is a transposed convolution. */
  protected get isTransposed(): boolean {
    return this.#convolution instanceof ConvTranspose2d;
  }

  forward(x: tf.Tensor): tf.Tensor {
    const convolution = this.#convolution;
    const weight = this.computed();
    const bias = this.bias?.value;
    if (convolution instanceof Conv1d) {
      return conv1d(x as tf.Tensor3D, weight as tf.Tensor3D, bias, convolution.options);
    }
    if (convolution instanceof ConvTranspose2d) {
      return convTranspose2d(x as tf.Tensor4D, weight as tf.Tensor4D, bias, convolution.options);
    }
    return conv2d(x as tf.Tensor4D, weight as tf.Tensor4D, bias, convolution.options);
  }
}
