import type * as tf from '@tensorflow/tfjs-core';
import { checkNumber } from '../checkNumber.js';
import { dropout } from '../functional/dropout.js';
import { Module } from '../modules/module.js';
import { registered } from '../registry/registry.js';

/** In training, sets each element to zero with probability `p` and scales the others by `1 / (1 − p)`. */
@registered('Dropout')
export class Dropout extends Module {
  /** @param p Probability, from 0 to 1 (default 0.5). */
  constructor(readonly p = 0.5) {
    super();
    checkNumber('p', p, { min: 0, max: 1 });
  }

  forward(x: tf.Tensor): tf.Tensor {
    return this.training ? dropout(x, this.p) : x;
  }
}
