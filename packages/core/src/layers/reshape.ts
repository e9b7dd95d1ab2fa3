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
    return tf.reshape<tf.Rank.R2>(x, [x.shape[0]!, -1]);
  }
}

/** Reshapes its input; fastai's `View`. */
@registered('View')
export class View extends Module {
  readonly size: readonly number[];

  /** @param size The new shape; one axis may be −1, to be inferred. */
  constructor(...size: number[]) {
    super();
    this.size = size;
  }

  forward(x: tf.Tensor): tf.Tensor {
    return tf.reshape(x, [...this.size]);
  }
}

/** Reshapes each item of a batch; fastai's `ResizeBatch`. */
@registered('ResizeBatch')
export class ResizeBatch extends Module {
  readonly size: readonly number[];

  /** @param size The new shape without the batch axis; one axis may be −1, to be inferred. */
  constructor(...size: number[]) {
    super();
    this.size = size;
  }

  forward(x: tf.Tensor): tf.Tensor {
    return tf.reshape(x, [x.shape[0]!, ...this.size]);
  }
}
