import * as tf from '@tensorflow/tfjs-core';
import { hasKernel, runKernel } from '../engineKernel.js';

/**
 * `x · tanh(softplus(x))`. Only the input is kept for the gradient, which recomputes the rest.
 *
 * Source: Misra 2019 (https://arxiv.org/abs/1908.08681).
 */
export function mish<T extends tf.Tensor>(x: T): T {
  return activation(
    'Mish',
    x,
    (x) => tf.mul(x, tf.tanh(tf.softplus(x))),
    (dy, x) => {
      const gate = tf.tanh(tf.softplus(x));
      const slope = tf.mul(tf.mul(x, tf.sigmoid(x)), tf.sub(1, tf.square(gate)));
      return tf.mul(dy, tf.add(gate, slope));
    },
  );
}

/**
 * `x · sigmoid(x)`, also called swish. Only the input is kept for the gradient.
 *
 * Source: Elfwing, Uchibe and Doya 2017 (https://arxiv.org/abs/1702.03118).
 */
export function silu<T extends tf.Tensor>(x: T): T {
  return activation(
    'Silu',
    x,
    (x) => tf.mul(x, tf.sigmoid(x)),
    (dy, x) => {
      const gate = tf.sigmoid(x);
      return tf.mul(dy, tf.mul(gate, tf.add(1, tf.mul(x, tf.sub(1, gate)))));
    },
  );
}

/**
 * `x · Φ(x)`, where Φ is the normal distribution's cumulative function. Only the input is kept for the gradient.
 *
 * Source: Hendrycks and Gimpel 2016 (https://arxiv.org/abs/1606.08415).
 */
export function gelu<T extends tf.Tensor>(x: T): T {
  return activation(
    'Gelu',
    x,
    (x) => tf.mul(x, cumulative(x)),
    (dy, x) => {
      const density = tf.mul(tf.exp(tf.mul(tf.square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
      return tf.mul(dy, tf.add(cumulative(x), tf.mul(x, density)));
    },
  );
}

/** A sigmoid scaled to the range from `low` to `high`. */
export function sigmoidRange<T extends tf.Tensor>(x: T, low: number, high: number): T {
  return tf.add(tf.mul(tf.sigmoid(x), high - low), low);
}

function cumulative(x: tf.Tensor): tf.Tensor {
  return tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5);
}

/**
 * An element-wise function for whose gradient only the input is kept, no intermediate values. Computed in one pass by the
 * engine's kernels of that name, where it has them.
 */
function activation<T extends tf.Tensor>(
  name: 'Gelu' | 'Mish' | 'Silu',
  x: T,
  value: (x: tf.Tensor) => tf.Tensor,
  gradient: (dy: tf.Tensor, x: tf.Tensor) => tf.Tensor,
): T {
  return tf.customGrad((input, save) => {
    const given = input as tf.Tensor;
    (save as tf.GradSaveFunc)([given]);
    return {
      value: hasKernel(name) ? runKernel<tf.Tensor>(name, { x: given }) : value(given),
      gradFunc: (dy: tf.Tensor, [x]: tf.Tensor[]) =>
        hasKernel(`${name}Grad`)
          ? runKernel<tf.Tensor>(`${name}Grad`, { dy, x: x! })
          : tf.tidy(() => gradient(dy, x!)),
    };
  })(x) as T;
}
