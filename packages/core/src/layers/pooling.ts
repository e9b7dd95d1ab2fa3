import * as tf from '@tensorflow/tfjs-core';
import { type MaxBlurPool2dOptions, maxBlurPool2d } from '../functional/pooling/maxBlurPool2d.js';
import {
  type AvgPool2dOptions,
  adaptiveAvgPool2d,
  adaptiveMaxPool2d,
  avgPool2d,
  type MaxPool2dOptions,
  maxPool2d,
} from '../functional/pooling/pool2d.js';
import { Module } from '../modules/module.js';
import { registered } from '../registry/registry.js';
import type { Size } from '../size.js';
import { checkWindow } from './checkWindow.js';

/** Base class of all pooling layers, by which the boundary between a network's body and head is found. */
export abstract class Pool2d extends Module {
  abstract override forward(x: tf.Tensor): tf.Tensor4D;
}

/** The largest value of each window of `[n, height, width, channels]`; PyTorch's `nn.MaxPool2d`. */
@registered('MaxPool2d')
export class MaxPool2d extends Pool2d {
  constructor(
    readonly kernelSize: Size,
    readonly options: MaxPool2dOptions = {},
  ) {
    super();
    checkWindow({ kernelSize, stride: options.stride, padding: options.padding });
  }

  forward(x: tf.Tensor): tf.Tensor4D {
    return maxPool2d(x as tf.Tensor4D, this.kernelSize, this.options);
  }
}

/** The average of each window of `[n, height, width, channels]`; PyTorch's `nn.AvgPool2d`. */
@registered('AvgPool2d')
export class AvgPool2d extends Pool2d {
  constructor(
    readonly kernelSize: Size,
    readonly options: AvgPool2dOptions = {},
  ) {
    super();
    checkWindow({ kernelSize, stride: options.stride, padding: options.padding });
  }

  forward(x: tf.Tensor): tf.Tensor4D {
    return avgPool2d(x as tf.Tensor4D, this.kernelSize, this.options);
  }
}

/**
 * Max pooling of `[n, height, width, channels]` with blurred subsampling; see {@link maxBlurPool2d}. kornia's
 * `MaxBlurPool2D`.
 */
@registered('MaxBlurPool2d')
export class MaxBlurPool2d extends Pool2d {
  /** @param kernelSize Size of the blur, odd (default 3). */
  constructor(
    readonly kernelSize = 3,
    readonly options: MaxBlurPool2dOptions = {},
  ) {
    super();
    checkWindow({ kernelSize, stride: options.stride, size: options.maxPoolSize });
  }

  forward(x: tf.Tensor): tf.Tensor4D {
    return maxBlurPool2d(x as tf.Tensor4D, this.kernelSize, this.options);
  }
}

/** Average pooling of `[n, height, width, channels]` to `[n, ...size, channels]`; PyTorch's `nn.AdaptiveAvgPool2d`. */
@registered('AdaptiveAvgPool2d')
export class AdaptiveAvgPool2d extends Pool2d {
  constructor(readonly size: Size = 1) {
    super();
    checkWindow({ size });
  }

  forward(x: tf.Tensor): tf.Tensor4D {
    return adaptiveAvgPool2d(x as tf.Tensor4D, this.size);
  }
}

/** Max pooling of `[n, height, width, channels]` to `[n, ...size, channels]`; PyTorch's `nn.AdaptiveMaxPool2d`. */
@registered('AdaptiveMaxPool2d')
export class AdaptiveMaxPool2d extends Pool2d {
  constructor(readonly size: Size = 1) {
    super();
    checkWindow({ size });
  }

  forward(x: tf.Tensor): tf.Tensor4D {
    return adaptiveMaxPool2d(x as tf.Tensor4D, this.size);
  }
}

/**
 * Max and average pooling concatenated along channels: `[n, height, width, channels]` to `[n, ...size, 2 · channels]`.
 *
 * Source: fastai `layers.py`, `AdaptiveConcatPool2d`.
 */
@registered('AdaptiveConcatPool2d')
export class AdaptiveConcatPool2d extends Pool2d {
  readonly ap: AdaptiveAvgPool2d;
  readonly mp: AdaptiveMaxPool2d;

  constructor(size: Size = 1) {
    super();
    this.ap = new AdaptiveAvgPool2d(size);
    this.mp = new AdaptiveMaxPool2d(size);
  }

  forward(x: tf.Tensor): tf.Tensor4D {
    return tf.concat([this.mp.forward(x), this.ap.forward(x)], 3);
  }
}
