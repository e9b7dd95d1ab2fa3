import type * as tf from '@tensorflow/tfjs';
import { Module } from '../module.js';

/** Gives out what it is given. */
export class Identity extends Module {
  forward(x: tf.Tensor): tf.Tensor {
    return x;
  }
}
