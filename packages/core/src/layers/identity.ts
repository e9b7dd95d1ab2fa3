import type * as tf from '@tensorflow/tfjs-core';
import { Module } from '../modules/module.js';
import { registered } from '../registry/registry.js';

/** Returns its input. */
@registered('Identity')
export class Identity extends Module {
  forward(x: tf.Tensor): tf.Tensor {
    return x;
  }
}
