import type { NumberArray } from '@fastts/testing/allClose';
import * as tf from '@tensorflow/tfjs';
import '../src/index.js';

// Keeps the CPU backend from recommending another one.
tf.env().set('IS_TEST', true);

/** A tensor computed by a backend. */
export interface Computed {
  shape: number[];
  values: NumberArray;
}

/** Runs `compute` on a backend, and returns the values of its tensors. */
export async function on(
  backend: 'native' | 'cpu',
  compute: () => tf.Tensor | tf.Tensor[],
): Promise<Computed[]> {
  await tf.setBackend(backend);
  let computed: Computed[] = [];
  // Not returned from tidy, which would search all values for tensors.
  tf.tidy(() => {
    computed = [compute()].flat().map((tensor) => ({ shape: tensor.shape, values: tensor.dataSync() }));
  });
  return computed;
}

/** Runs a kernel of this package by its name. */
export function run(name: string, inputs: tf.NamedTensorMap, attrs: tf.NamedAttrMap = {}): tf.Tensor[] {
  return [tf.engine().runKernel<tf.Tensor | tf.Tensor[]>(name, inputs, attrs)].flat();
}
