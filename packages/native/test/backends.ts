import type { StoredTensor } from '@fastts/testing/allClose';
import * as tf from '@tensorflow/tfjs';
import '../src/index.js';

// The CPU backend then does not advise to install another one.
tf.env().set('IS_TEST', true);

/** Runs `compute` on a backend and gives the values of what it returns. */
export async function on(
  backend: 'native' | 'cpu',
  compute: () => tf.Tensor | tf.Tensor[],
): Promise<StoredTensor[]> {
  await tf.setBackend(backend);
  return tf.tidy(() =>
    [compute()].flat().map((tensor) => ({ shape: tensor.shape, values: Array.from(tensor.dataSync()) })),
  );
}

/** Runs a kernel of our own by its name. */
export function run(name: string, inputs: object, attrs: object = {}): tf.Tensor[] {
  const result = tf.engine().runKernel(name, inputs as tf.NamedTensorMap, attrs as never) as
    | tf.Tensor
    | tf.Tensor[];
  return Array.isArray(result) ? result : [result];
}
