import type { NumberArray } from '@fastts/testing/allClose';
import * as tf from '@tensorflow/tfjs';
import '../src/index.js';

// The CPU backend then does not advise to install another one.
tf.env().set('IS_TEST', true);

/** What a backend computed. */
export interface Computed {
  shape: number[];
  values: NumberArray;
}

/** Runs `compute` on a backend and gives the values of what it returns. */
export async function on(
  backend: 'native' | 'cpu',
  compute: () => tf.Tensor | tf.Tensor[],
): Promise<Computed[]> {
  await tf.setBackend(backend);
  let computed: Computed[] = [];
  // Not returned from it: tidy would look for tensors among all values.
  tf.tidy(() => {
    computed = [compute()].flat().map((tensor) => ({ shape: tensor.shape, values: tensor.dataSync() }));
  });
  return computed;
}

/** Runs a kernel of our own by its name. */
export function run(name: string, inputs: object, attrs: object = {}): tf.Tensor[] {
  const result = tf.engine().runKernel(name, inputs as tf.NamedTensorMap, attrs as never) as
    | tf.Tensor
    | tf.Tensor[];
  return Array.isArray(result) ? result : [result];
}
