import type * as tf from '@tensorflow/tfjs';
import { Module } from '../module.js';

/**
 * A layer of a function; fastai's `Lambda`.
 *
 * @example
 * new Sequential(new Conv2d(3, 8, 3), new Lambda((x) => tf.relu(x)));
 */
export class Lambda extends Module {
  constructor(readonly func: (x: tf.Tensor) => tf.Tensor) {
    super();
  }

  forward(x: tf.Tensor): tf.Tensor {
    return this.func(x);
  }
}
