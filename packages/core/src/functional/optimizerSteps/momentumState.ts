import type * as tf from '@tensorflow/tfjs-core';

/** A parameter with its state, as a step that may have momentum takes and gives them; both of one shape. */
export interface MomentumState {
  param: tf.Tensor;
  /** Moving sum of the gradient, zeros before the first step; absent for a step without momentum. */
  avg?: tf.Tensor | undefined;
}
