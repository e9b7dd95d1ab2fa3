import type * as tf from '@tensorflow/tfjs-core';
import { type ConvTranspose2dOptions, convTranspose2d } from '../functional/convolution/convTranspose2d.js';
import { defaultWeight, drawn, uniform } from '../modules/init.js';
import { Module } from '../modules/module.js';
import { Parameter } from '../modules/parameter.js';
import { registered } from '../registry/registry.js';
import { type Size, toSize } from '../size.js';
import { checkGroups } from './checkGroups.js';
import { checkWindow } from './checkWindow.js';

/** Options of {@link ConvTranspose2d}. */
export interface ConvTranspose2dLayerOptions extends ConvTranspose2dOptions {
  /** Whether it adds a bias to each output channel (default true). */
  bias?: boolean;
}

/**
 * Transposed convolution of `[n, height, width, inChannels]` to `[n, outHeight, outWidth, outChannels]`; see
 * {@link convTranspose2d}.
 *
 * PyTorch's `nn.ConvTranspose2d` with its initialization. The weight is `[kernelHeight, kernelWidth, out / groups, in]`.
 *
 * @throws ArgumentError when the channels cannot be divided into the groups.
 */
@registered('ConvTranspose2d')
export class ConvTranspose2d extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter | null;
  readonly options: ConvTranspose2dOptions;

  constructor(
    readonly inChannels: number,
    readonly outChannels: number,
    kernelSize: Size,
    { bias = true, ...options }: ConvTranspose2dLayerOptions = {},
  ) {
    super();
    const { groups = 1, stride, padding, outputPadding } = options;
    checkWindow({ stride, padding, outputPadding });
    checkGroups(inChannels, outChannels, groups);
    const [height, width] = toSize(kernelSize, { name: 'kernelSize' });
    const outPerGroup = outChannels / groups;
    // As in PyTorch, whose fan-in of this weight counts the output channels.
    const bound = 1 / Math.sqrt(outPerGroup * height * width);
    this.weight = new Parameter(defaultWeight([height, width, outPerGroup, inChannels], 'conv'), 'conv');
    this.bias = bias
      ? new Parameter(drawn([outChannels], (own) => uniform([outChannels], -bound, bound, own)))
      : null;
    this.options = options;
  }

  forward(x: tf.Tensor): tf.Tensor4D {
    return convTranspose2d(
      x as tf.Tensor4D,
      this.weight.value as tf.Tensor4D,
      this.bias?.value,
      this.options,
    );
  }
}
