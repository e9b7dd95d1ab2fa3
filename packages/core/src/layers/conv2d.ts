import type * as tf from '@tensorflow/tfjs-core';
import { conv2d } from '../functional/convolution/conv2d.js';
import type { Conv2dOptions } from '../functional/convolution/convGeometry.js';
import { defaultBias, defaultWeight } from '../modules/init.js';
import { Module } from '../modules/module.js';
import { Parameter } from '../modules/parameter.js';
import { registered } from '../registry/registry.js';
import { type Size, toSize } from '../size.js';
import { checkGroups } from './checkGroups.js';
import { checkWindow } from './checkWindow.js';

/** Options of {@link Conv2d}. */
export interface Conv2dLayerOptions extends Conv2dOptions {
  /** Whether it adds a bias to each output channel (default true). */
  bias?: boolean;
}

/**
 * Convolution of `[n, height, width, inChannels]` to `[n, outHeight, outWidth, outChannels]`, where
 * `outHeight = ⌊(height + 2·padding − dilation·(kernelSize − 1) − 1) / stride⌋ + 1`.
 *
 * PyTorch's `nn.Conv2d` with its initialization. The weight is `[kernelHeight, kernelWidth, in / groups, out]`.
 *
 * @throws ArgumentError when the channels cannot be divided into the groups.
 * @example
 * new Conv2d(3, 32, 3, { stride: 2, padding: 1 });
 */
@registered('Conv2d')
export class Conv2d extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter | null;
  readonly options: Conv2dOptions;

  constructor(
    readonly inChannels: number,
    readonly outChannels: number,
    kernelSize: Size,
    { bias = true, ...options }: Conv2dLayerOptions = {},
  ) {
    super();
    const { groups = 1, stride, padding, dilation } = options;
    checkWindow({ stride, padding, dilation });
    checkGroups(inChannels, outChannels, groups);
    const shape = [...toSize(kernelSize, { name: 'kernelSize' }), inChannels / groups, outChannels];
    this.weight = new Parameter(defaultWeight(shape, 'conv'), 'conv');
    this.bias = bias ? new Parameter(defaultBias(shape, 'conv')) : null;
    this.options = options;
  }

  forward(x: tf.Tensor): tf.Tensor4D {
    return conv2d(x as tf.Tensor4D, this.weight.value as tf.Tensor4D, this.bias?.value, this.options);
  }
}
