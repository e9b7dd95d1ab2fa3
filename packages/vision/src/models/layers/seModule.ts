import {
  AdaptiveAvgPool2d,
  ArgumentError,
  checkNumber,
  ProdLayer,
  registered,
  SequentialEx,
  Sigmoid,
} from '@fastts/core';
import { type ActCls, defaultActivation } from './activation.js';
import { ConvLayer } from './convLayer.js';

/**
 * Squeeze and excitation: scales each channel by a weight computed from the averages of all channels by two 1×1
 * convolutions.
 *
 * Shapes: `[n, height, width, channels]` to the same.
 *
 * Source: Hu et al. 2017 (https://arxiv.org/abs/1709.01507); fastai `layers.py`, `SEModule`.
 *
 * @throws ArgumentError when `reduction` leaves no channel.
 */
@registered('SEModule')
export class SEModule extends SequentialEx {
  /**
   * @param reduction Divisor of the channels between the two convolutions, rounded up to a multiple of 8.
   * @param actCls The activation between them (default ReLU).
   */
  constructor(channels: number, reduction: number, actCls: ActCls = defaultActivation) {
    checkNumber('reduction', reduction, { above: 0 });
    const squeezed = Math.ceil(Math.floor(channels / reduction) / 8) * 8;
    if (squeezed === 0) {
      throw new ArgumentError(
        `Squeeze and excitation cannot reduce ${channels} channels by ${reduction}: use a smaller reduction.`,
      );
    }
    super(
      new AdaptiveAvgPool2d(1),
      new ConvLayer(channels, squeezed, { ks: 1, normType: null, actCls }),
      new ConvLayer(squeezed, channels, { ks: 1, normType: null, actCls: Sigmoid }),
      new ProdLayer(),
    );
  }
}
