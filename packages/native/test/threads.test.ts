import { uniform } from '@fastts/testing/tensors';
import * as tf from '@tensorflow/tfjs';
import { nativeInfo, setNumThreads } from '../src/index.js';

tf.env().set('IS_TEST', true);

const { threads } = nativeInfo();

beforeAll(() => tf.setBackend('native'));
afterAll(() => setNumThreads(threads));

/** The values of the tensors that `compute` returns, on each number of threads. */
function onThreads(compute: () => tf.Tensor | tf.Tensor[]): Float32Array[][] {
  return [1, 2, 4].map((count) => {
    setNumThreads(count);
    return tf.tidy(() =>
      [compute()].flat().map((result) => tf.cast(result, 'float32').dataSync<'float32'>()),
    );
  });
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

const x = (...shape: number[]) => uniform(shape, 1) as tf.Tensor4D;
const w = (...shape: number[]) => uniform(shape, 2) as tf.Tensor4D;

const same: Record<string, () => tf.Tensor | tf.Tensor[]> = {
  'sum of all': () => tf.sum(x(300, 1000)),
  'sum of rows': () => tf.sum(x(3000, 100), 0),
  'mean of columns': () => tf.mean(x(300, 1000), 1),
  'mean and variance': () => Object.values(tf.moments(x(4, 20, 20, 32), [0, 1, 2])),
  softmax: () => tf.softmax(x(300, 100)),
  'max pooling': () => tf.maxPool(x(2, 30, 30, 16), 3, 2, 'same'),
  'gradient of max pooling': () =>
    tf.grad((t: tf.Tensor) => tf.maxPool(t as tf.Tensor4D, 3, 2, 'same'))(x(2, 30, 30, 16)),
  'average pooling': () => tf.avgPool(x(2, 30, 30, 16), 3, 2, 'same'),
  resizing: () => tf.image.resizeBilinear(x(4, 50, 50, 3), [81, 33]),
  arithmetic: () => tf.add(tf.mul(tf.exp(x(100, 300)), 3), w(300)),
};

/** Ones that a network has, of which some are computed by Winograd's algorithm, and others. */
const shapes = [
  [4, 16, 16, 64, 64, 3, 1],
  [4, 6, 6, 128, 128, 3, 1],
  [2, 28, 28, 3, 32, 3, 2],
  [4, 14, 14, 64, 128, 1, 1],
  [2, 17, 23, 20, 36, 5, 2],
] as const;

const rounded: Record<string, () => tf.Tensor | tf.Tensor[]> = {
  'matrix product': () => tf.matMul(x(100, 2000) as tf.Tensor, w(2000, 60) as tf.Tensor),
  'product with a transposed matrix': () =>
    tf.matMul(x(2000, 100) as tf.Tensor, w(2000, 60) as tf.Tensor, true),
  'depthwise convolution': () => tf.depthwiseConv2d(x(4, 20, 20, 32), w(3, 3, 32, 1), 1, 'same'),
  'gradient of a depthwise filter': () =>
    tf.grad((f: tf.Tensor) => tf.depthwiseConv2d(x(4, 20, 20, 32), f as tf.Tensor4D, 1, 'same'))(
      w(3, 3, 32, 1),
    ),
};
for (const [n, height, width, channels, outputs, side, stride] of shapes) {
  const of = `${side}×${side} on [${[n, height, width, channels]}] with ${outputs} outputs`;
  const conv = (image: tf.Tensor4D, filter: tf.Tensor4D) => tf.conv2d(image, filter, stride, 'same');
  const image = () => x(n, height, width, channels);
  const filter = () => w(side, side, channels, outputs);
  rounded[`convolution ${of}`] = () => conv(image(), filter());
  const grads = tf.grads(conv as (...tensors: tf.Tensor[]) => tf.Tensor);
  // The gradient of the sum of squares, whose terms differ.
  rounded[`gradients of the convolution ${of}`] = () => {
    const dy = uniform(conv(image(), filter()).shape, 3);
    return grads([image(), filter()], dy);
  };
}

test.each(Object.entries(same))('%s: the same bits on any number of threads', (_, compute) => {
  const [first, ...others] = onThreads(compute).map((tensors) => tensors.map(bytesOf));
  for (const tensors of others)
    for (const [t, bytes] of tensors.entries()) expect(bytes.equals(first![t]!)).toBe(true);
});

test.each(Object.entries(rounded))(
  '%s: equal on any number of threads within 1e-5 of the root mean square',
  (_, compute) => {
    const [first, ...others] = onThreads(compute);
    first!.forEach((expected, t) => {
      const scale = Math.sqrt(expected.reduce((sum, value) => sum + value ** 2, 0) / expected.length);
      for (const values of others.map((tensors) => tensors[t]!)) {
        const furthest = values.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);
        expect(furthest / scale).toBeLessThan(1e-5);
      }
    });
  },
);
