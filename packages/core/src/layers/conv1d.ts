import type * as tf from '@tensorflow/tfjs-core';
import { type Conv1dOptions, conv1d } from '../functional/convolution/conv1d.js';
import { defaultBias, defaultWeight } from '../modules/init.js';
import { Module } from '../modules/module.js';
import { Parameter } from '../modules/parameter.js';
import { registered } from '../registry/registry.js';
import { checkGroups } from './checkGroups.js';
import { checkWindow } from './checkWindow.js';

/** Options of {@link Conv1d}. */
export interface Conv1dLayerOptions extends Conv1dOptions {
  /** Whether it adds a bias to each output channel (default true). */
  bias?: boolean;
}

/**
 * Convolution of `[n, length, inChannels]` to `[n, outLength, outChannels]`.
 *
 * PyTorch's `nn.Conv1d` with its initialization. The weight is `[kernelSize, in / groups, out]`.
 *
 * @throws ArgumentError when the channels cannot be divided into the groups.
 */
@registered('Conv1d')
export class Conv1d extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter | null;
  readonly options: Conv1dOptions;

  constructor(
    readonly inChannels: number,
    readonly outChannels: number,
    kernelSize: number,
    { bias = true, ...options }: Conv1dLayerOptions = {},
  ) {
    super();
    const { groups = 1, stride, padding, dilation } = options;
    checkWindow({ stride, padding, dilation });
    checkGroups(inChannels, outChannels, groups);
    const shape = [kernelSize, inChannels / groups, outChannels];
    this.weight = new Parameter(defaultWeight(shape, 'conv'), 'conv');
    this.bias = bias ? new Parameter(defaultBias(shape, 'conv')) : null;
    this.options = options;
  }

  forward(x: tf.Tensor): tf.Tensor3D {
    return conv1d(x as tf.Tensor3D, this.weight.value as tf.Tensor3D, this.bias?.value, this.options);
  }
}
