import * as tf from '@tensorflow/tfjs-core';
import { Module } from '../modules/module.js';
import { registered } from '../registry/registry.js';

/**
 * `[n, …]` to `[n, features]`; fastai's `Flatten`.
 *
 * Images are `[n, height, width, channels]` here and `[n, channels, height, width]` in PyTorch, so the
 * features are in PyTorch's order only after pooling to 1 × 1.
 */
@registered('Flatten')
export class Flatten extends Module {
  forward(x: tf.Tensor): tf.Tensor2D {
    return tf.reshape(x, [x.shape[0]!, -1]) as tf.Tensor2D;
  }
}
