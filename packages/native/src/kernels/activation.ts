import { choice } from '../names.js';

/** tfjs's fused activations that C++ supports, with their C++ numbers; others fall back. */
export const activationSymbols: Readonly<Partial<Record<string, number>>> = {
  linear: choice('Activation', 'none'),
  relu: choice('Activation', 'relu'),
  relu6: choice('Activation', 'relu6'),
};
