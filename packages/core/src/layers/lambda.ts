import type * as tf from '@tensorflow/tfjs-core';
import { Module } from '../modules/module.js';
import { Sequential } from '../modules/sequential.js';

/**
 * A layer that applies a function; fastai's `Lambda`.
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

/** A {@link Sequential} of modules and functions; functions become {@link Lambda}s. fastai's `sequential`. */
export function sequential(...layers: (Module | Lambda['func'])[]): Sequential {
  return new Sequential(...layers.map((layer) => (layer instanceof Module ? layer : new Lambda(layer))));
}
