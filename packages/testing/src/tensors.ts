import { type Tensor, tensor, util } from '@tensorflow/tfjs-core';
import type { StoredTensor } from './allClose.js';
import { repeatable } from './repeatable.js';

/** A float32 tensor of repeatable numbers in [-1, 1). */
export function uniform(shape: number[], seed: number): Tensor {
  const next = repeatable(seed);
  const values = new Float32Array(util.sizeFromShape(shape));
  for (let i = 0; i < values.length; i++) values[i] = 2 * next() - 1;
  return tensor(values, shape);
}

/** The float32 tensor stored in a fixture. */
export function tensorOf({ shape, values }: StoredTensor): Tensor {
  return tensor(values, shape, 'float32');
}
