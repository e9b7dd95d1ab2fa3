import * as tf from '@tensorflow/tfjs-core';
import { checkNumber } from '../checkNumber.js';
import { type Rng, rng } from '../random.js';

/**
 * Sets each element to zero with probability `p` and scales the others by `1 / (1 − p)`.
 *
 * Source: Srivastava et al. 2014.
 *
 * @param p Probability, from 0 to 1.
 * @param random Source of the random draws (default: the library's stream).
 */
export function dropout<T extends tf.Tensor>(x: T, p: number, random: Rng = rng()): T {
  checkNumber('p', p, { min: 0, max: 1 });
  if (p === 0) return tf.clone(x);
  const mask = new Float32Array(x.size);
  for (let i = 0; i < mask.length; i++) mask[i] = random.next() < p ? 0 : 1 / (1 - p);
  return tf.mul(x, tf.tensor(mask, x.shape));
}
