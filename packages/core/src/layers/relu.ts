import type * as tf from '@tensorflow/tfjs-core';
import { relu } from '../functional/activations/relu.js';
import { Module } from '../modules/module.js';
import { registered } from '../registry/registry.js';

/** max(x, 0); PyTorch's `nn.ReLU`. */
@registered('ReLU')
export class ReLU extends Module {
  forward(x: tf.Tensor): tf.Tensor {
    return relu(x);
  }
}
