import * as tf from '@tensorflow/tfjs';
import '../src/index.js';

// The CPU backend then does not advise to install another one.
tf.env().set('IS_TEST', true);

/** A tensor as the fixtures hold it. */
export interface Stored {
  shape: number[];
  values: number[];
}

/** Runs `compute` on a backend and gives the values of what it returns. */
export async function on(
  backend: 'native' | 'cpu',
  compute: () => tf.Tensor | tf.Tensor[],
): Promise<Stored[]> {
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

/** The tensor that a fixture describes. */
export function stored({ shape, values }: Stored): tf.Tensor {
  return tf.tensor(values, shape, 'float32');
}

/** Repeatable numbers in [-1, 1). */
export function numbers(size: number, seed: number): Float32Array {
  const values = new Float32Array(size);
  let state = (seed * 2654435761 + 1) >>> 0;
  for (let i = 0; i < size; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    values[i] = state / 2 ** 31 - 1;
  }
  return values;
}

/** A float32 tensor of repeatable numbers in [-1, 1). */
export function random(shape: number[], seed: number): tf.Tensor {
  return tf.tensor(numbers(tf.util.sizeFromShape(shape), seed), shape, 'float32');
}

/** Fails unless both have the same shapes, and values within `tolerance`, relative to the largest one. */
export function expectSame(actual: Stored[], expected: Stored[], tolerance = 1e-5): void {
  expect(actual.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => shape));
  for (const [i, { values }] of expected.entries()) {
    const scale = Math.max(1e-3, ...values.filter(Number.isFinite).map(Math.abs));
    const wrong = values.findIndex((value, k) => {
      const got = actual[i]!.values[k]!;
      return !Object.is(got, value) && got !== value && !(Math.abs(got - value) <= tolerance * scale);
    });
    if (wrong >= 0) {
      throw new Error(
        `Output ${i} differs at ${wrong}: ${actual[i]!.values[wrong]} instead of ${values[wrong]}.`,
      );
    }
  }
}
