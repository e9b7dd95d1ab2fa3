import * as tf from '@tensorflow/tfjs-core';

// Accessing Jest's globals is slow.
const { imul, sqrt } = Math;

/** The numbers of fixtures/hash_fill.py: a hash of (key, index), from 0 to below 1. */
export function hashUniform(key: number, count: number): Float32Array {
  const values = new Float32Array(count);
  const offset = imul(key, 2246822519);
  for (let i = 0; i < count; i++) {
    let h = (imul(i, 2654435761) + offset) | 0;
    h = imul(h ^ (h >>> 16), 0x85ebca6b);
    h = imul(h ^ (h >>> 13), 0xc2b2ae35);
    h ^= h >>> 16;
    values[i] = (h >>> 8) / 2 ** 24;
  }
  return values;
}

/** Images `[n, height, width, channels]` with values from 0 to below 1. */
export function hashImages(key: number, n: number, height: number, width: number, channels = 3): tf.Tensor4D {
  return tf.tensor4d(hashUniform(key, n * height * width * channels), [n, height, width, channels]);
}

/** Fills a state dictionary (with PyTorch's names, order and layouts) like the script. */
export function fillState(state: ReadonlyMap<string, tf.Tensor>, norm = 1): Map<string, tf.Tensor> {
  let key = 0;
  return new Map(
    [...state].map(([name, { shape, size }]): [string, tf.Tensor] => {
      if (name.endsWith('num_batches_tracked')) return [name, tf.zeros(shape, 'int32')];
      const values = hashUniform(++key, size);
      const fill = fillFor(name, shape, norm);
      return [name, tf.tensor(values.map(fill), shape)];
    }),
  );
}

function fillFor(name: string, shape: readonly number[], norm: number): (u: number) => number {
  if (shape.length > 1) {
    const scale = sqrt(6 / shape.slice(1).reduce((a, b) => a * b, 1));
    return (u) => (2 * u - 1) * scale;
  }
  if (name.endsWith('running_var')) return (u) => 0.5 + u;
  if (name.endsWith('weight')) return (u) => (0.5 + u) * norm;
  return (u) => 0.2 * (u - 0.5);
}
