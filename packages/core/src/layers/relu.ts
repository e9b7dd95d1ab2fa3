import type * as tf from '@tensorflow/tfjs';
import { relu } from '../functional/relu.js';
import { Module } from '../module.js';
import { registered } from '../registry.js';

/** max(x, 0); PyTorch's `nn.ReLU`. */
@registered('ReLU')
export class ReLU extends Module {
  forward(x: tf.Tensor): tf.Tensor {
    return relu(x);
  }
}
