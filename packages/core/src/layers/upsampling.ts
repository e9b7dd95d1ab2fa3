import type * as tf from '@tensorflow/tfjs-core';
import { checkInteger } from '../checkNumber.js';
import { pixelShuffle } from '../functional/pixelShuffle.js';
import { replicationPad2d, type Sides } from '../functional/replicationPad2d.js';
import { Module } from '../modules/module.js';
import { registered } from '../registry/registry.js';
import { toSize } from '../size.js';

/**
 * `[n, height, width, channels · scale²]` to `[n, height · scale, width · scale, channels]`; PyTorch's
 * `nn.PixelShuffle`. See {@link pixelShuffle}.
 */
@registered('PixelShuffle')
export class PixelShuffle extends Module {
  constructor(readonly scale: number) {
    super();
    checkInteger('scale', scale, { min: 1 });
  }

  forward(x: tf.Tensor): tf.Tensor4D {
    return pixelShuffle(x as tf.Tensor4D, this.scale);
  }
}

/** Pads `[n, height, width, channels]` by repeating the outermost pixels; PyTorch's `nn.ReplicationPad2d`. */
@registered('ReplicationPad2d')
export class ReplicationPad2d extends Module {
  constructor(readonly sides: Sides) {
    super();
    const { left = 0, right = 0, top = 0, bottom = 0 } = sides;
    for (const padding of [left, right, top, bottom]) toSize(padding, { name: 'sides', min: 0 });
  }

  forward(x: tf.Tensor): tf.Tensor4D {
    return replicationPad2d(x as tf.Tensor4D, this.sides);
  }
}
