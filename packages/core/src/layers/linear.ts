import type * as tf from '@tensorflow/tfjs-core';
import { checkInteger } from '../checkNumber.js';
import { linear } from '../functional/convolution/linear.js';
import { defaultBias, defaultWeight } from '../modules/init.js';
import { Module } from '../modules/module.js';
import { Parameter } from '../modules/parameter.js';
import { registered } from '../registry/registry.js';

/** Options of {@link Linear}. */
export interface LinearOptions {
  /** Whether it adds a bias to each output (default true). */
  bias?: boolean;
}

/**
 * `x · weightᵀ + bias`, of `[…, inFeatures]` to `[…, outFeatures]`.
 *
 * PyTorch's `nn.Linear` with its initialization. The weight is `[outFeatures, inFeatures]`.
 */
@registered('Linear')
export class Linear extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter | null;

  constructor(
    readonly inFeatures: number,
    readonly outFeatures: number,
    { bias = true }: LinearOptions = {},
  ) {
    super();
    checkInteger('inFeatures', inFeatures, { min: 1 });
    checkInteger('outFeatures', outFeatures, { min: 1 });
    const shape = [outFeatures, inFeatures];
    this.weight = new Parameter(defaultWeight(shape, 'plain'));
    this.bias = bias ? new Parameter(defaultBias(shape, 'plain')) : null;
  }

  forward(x: tf.Tensor): tf.Tensor {
    return linear(x, this.weight.value, this.bias?.value);
  }
}
