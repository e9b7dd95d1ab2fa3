import * as tf from '@tensorflow/tfjs-core';
import { Module } from '../modules/module.js';
import { registered } from '../registry/registry.js';

/** Gives its input another shape; fastai's `View`. */
@registered('View')
export class View extends Module {
  readonly size: readonly number[];

  /** @param size The new shape, of which one side may be −1 for what is left. */
  constructor(...size: number[]) {
    super();
    this.size = size;
  }

  forward(x: tf.Tensor): tf.Tensor {
    return tf.reshape(x, [...this.size]);
  }
}

/** Gives each item of a batch another shape; fastai's `ResizeBatch`. */
@registered('ResizeBatch')
export class ResizeBatch extends Module {
  readonly size: readonly number[];

  /** @param size The new shape without the batch's axis, of which one side may be −1 for what is left. */
  constructor(...size: number[]) {
    super();
    this.size = size;
  }

  forward(x: tf.Tensor): tf.Tensor {
    return tf.reshape(x, [x.shape[0]!, ...this.size]);
  }
}
