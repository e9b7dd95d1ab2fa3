import type * as tf from '@tensorflow/tfjs-core';
import { checkInteger, checkNumber } from '../checkNumber.js';
import { ShapeError } from '../errors.js';
import { instanceNorm } from '../functional/normalization/instanceNorm.js';
import { constant } from '../modules/init.js';
import { Module } from '../modules/module.js';
import { Parameter } from '../modules/parameter.js';
import { registered } from '../registry/registry.js';

/** Options of {@link InstanceNorm2d}. */
export interface InstanceNormOptions {
  /** Added to the variance (default 1e-5). */
  eps?: number;
  /** Whether it has a learnable weight and bias per channel (default false). */
  affine?: boolean;
}

/**
 * Normalizes each channel of each image of `[n, height, width, channels]` separately, in training and in evaluation;
 * see {@link instanceNorm}. PyTorch's `nn.InstanceNorm2d`.
 */
@registered('InstanceNorm2d')
export class InstanceNorm2d extends Module {
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;
  readonly eps: number;

  constructor(
    readonly numFeatures: number,
    { eps = 1e-5, affine = false }: InstanceNormOptions = {},
  ) {
    super();
    checkInteger('numFeatures', numFeatures, { min: 1 });
    checkNumber('eps', eps, { min: 0 });
    this.eps = eps;
    this.weight = affine ? new Parameter(constant([numFeatures], 1)) : null;
    this.bias = affine ? new Parameter(constant([numFeatures], 0)) : null;
  }

  forward(x: tf.Tensor): tf.Tensor4D {
    if (x.shape.at(-1) !== this.numFeatures) {
      throw new ShapeError(
        `InstanceNorm2d of ${this.numFeatures} channels takes [n, height, width, ${this.numFeatures}], got [${x.shape}].`,
      );
    }
    return instanceNorm(x as tf.Tensor4D, this.weight?.value, this.bias?.value, this.eps);
  }
}
