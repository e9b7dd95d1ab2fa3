import { checkNumber } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { Callback } from '../../loop/callback.js';

/** Options of {@link GradientClip}. */
export interface GradientClipOptions {
  /** The maximum norm of all gradients together (default 1). */
  maxNorm?: number;
  /** Order of the norm: 2 is the Euclidean norm (default), `Infinity` the maximum absolute value. */
  normType?: number;
}

/**
 * Gradient clipping: before each step, scales all gradients down if their total norm exceeds a limit.
 *
 * This stabilizes training when gradients are occasionally very large. The norm is not read
 * back from the engine.
 *
 * Source: Pascanu et al. 2013; fastai `callback/training.py`, `GradientClip`; PyTorch `clip_grad_norm_`.
 */
export class GradientClip extends Callback {
  static override readonly name: string = 'GradientClip';
  override order = 11;
  private readonly maxNorm: number;
  private readonly normType: number;

  /** @throws ArgumentError when an option is not positive. */
  constructor({ maxNorm = 1, normType = 2 }: GradientClipOptions = {}) {
    super();
    checkNumber('maxNorm', maxNorm, { above: 0 });
    if (normType !== Number.POSITIVE_INFINITY) checkNumber('normType', normType, { above: 0 });
    this.maxNorm = maxNorm;
    this.normType = normType;
  }

  override beforeStep(): void {
    const { grads } = this.learn;
    // There are none if a callback canceled the gradient.
    if (grads.size === 0) return;
    const scale = tf.tidy(() => {
      const norms = [...grads.values()].map((gradient) => this.norm(gradient));
      return tf.minimum(tf.div(this.maxNorm, tf.add(this.norm(tf.stack(norms)), 1e-6)), 1);
    });
    for (const [parameter, gradient] of grads) {
      grads.set(parameter, tf.mul(gradient, scale));
      gradient.dispose();
    }
    scale.dispose();
  }

  private norm(tensor: tf.Tensor): tf.Tensor {
    const { normType } = this;
    if (normType === Number.POSITIVE_INFINITY) return tf.max(tf.abs(tensor));
    if (normType === 2) return tf.sqrt(tf.sum(tf.square(tensor)));
    return tf.pow(tf.sum(tf.pow(tf.abs(tensor), normType)), 1 / normType);
  }
}
