import * as tf from '@tensorflow/tfjs';
import type { NativeBackend } from '../src/backend.js';
import { on, run } from './backends.js';

// Operations of TensorFlow.js that once read or wrote outside their tensors.

describe("odd attributes give the CPU backend's result", () => {
  const matrix = () => tf.range(0, 12).reshape([3, 4]);

  test.each<[string, () => tf.Tensor]>([
    ['a convolution with negative padding', () => tf.conv2d(picture(9, 3), filter(3, 8), 1, -2)],
    [
      'a convolution with padding that leaves nothing',
      () => tf.conv2d(picture(5, 3), filter(3, 8), 1, 'valid'),
    ],
    ['a convolution of no channels', () => tf.conv2d(picture(5, 0), filter(0, 8), 1, 'same')],
    [
      'a depthwise convolution of no channels',
      () => tf.depthwiseConv2d(picture(5, 0), filter(0, 1), 1, 'same'),
    ],
    ['a transposition by no permutation', () => tf.transpose(matrix(), [0, 0])],
    ['a reversal of the same dimension twice', () => tf.reverse(matrix(), [1, 1, 0])],
    ['a choice between no values', () => tf.where(tf.tensor1d([1], 'bool'), tf.zeros([0, 0]), tf.scalar(1))],
    [
      'a choice between no values of a dimension',
      () => tf.where(tf.tensor1d([true]), tf.zeros([0]), tf.zeros([0])),
    ],
    ['a reduction of no values', () => tf.max(tf.zeros([3, 0, 2]), 1)],
    ['ten dimensions', () => tf.tensor(new Float32Array(1024).fill(1), new Array(10).fill(2)).tile([2])],
    ['a resizing to no pixels', () => tf.image.resizeBilinear(picture(5, 3), [0, 4])],
  ])('%s', async (_, compute) => {
    const attempt = async (backend: 'native' | 'cpu') =>
      on(backend, compute).catch((error: Error) => error.message);
    expect(await attempt('native')).toEqual(await attempt('cpu'));
  });
});

describe('odd attributes are refused', () => {
  test.each<[string, () => tf.Tensor | tf.Tensor[], string]>([
    [
      'negative padding',
      () =>
        tf.pad(tf.ones([300, 300]), [
          [-1, 0],
          [0, 0],
        ]),
      'use tf.slice to crop',
    ],
    [
      'a slice from a negative index',
      () => tf.slice(tf.ones([4]), [-2], [2]),
      'must begin at integers of at least 0',
    ],
    [
      'a fraction of a repetition',
      () => tf.tile(tf.ones([4]), [1.5]),
      'must be repeated integers of at least 0',
    ],
    ['an even number of negative repetitions', () => tf.tile(tf.ones([2, 2]), [-1, -1]), 'at least 0 times'],
    [
      'an image without pixels',
      () => tf.image.resizeBilinear(picture(0, 3), [4, 4]),
      'with at least one pixel',
    ],
    [
      'a negative size',
      () => tf.image.resizeBilinear(picture(4, 3), [-1, -4]),
      'comprised of positive integers',
    ],
    ['a stride of 0', () => tf.conv2d(picture(5, 3), filter(3, 8), 0, 'same'), 'larger than 0'],
    ['an index out of range', () => tf.gather(tf.ones([3]), tf.tensor1d([5], 'int32')), 'is not in [0, 2]'],
    [
      'a map for another image',
      () =>
        run(
          'ProjectiveSample',
          {
            image: tf.ones([3, 4, 4, 1]),
            matrices: tf.ones([2, 8]),
          },
          { outputShape: [4, 4], padMode: 'zeros', mode: 'bilinear' },
        ),
      'of at least 24 elements',
    ],
    [
      'dilations far outside the image',
      () => tf.conv2d(picture(5, 3), filter(3, 8), 1, 'same', 'NHWC', 1e5),
      'dilations',
    ],
    [
      'a gradient of another size',
      () =>
        run(
          'MaxPoolGrad',
          {
            dy: tf.ones([1, 1, 1, 1]),
            input: tf.ones([1, 4, 4, 1]),
          },
          { filterSize: 2, strides: 2, pad: 'valid' },
        ),
      'of at least 4 elements',
    ],
  ])('%s', async (_, compute, message) => {
    await expect(on('native', compute)).rejects.toThrow(message);
  });

  test('and what was allocated for the result is freed', async () => {
    await tf.setBackend('native');
    const backend = tf.backend() as NativeBackend;
    const inputs = { image: tf.ones([3, 64, 64, 3]), matrices: tf.ones([2, 8]) };
    const use = () => [backend.numDataIds(), backend.memory().numBytesInUse];
    const before = use();
    for (let i = 0; i < 10; i++) {
      const attrs = { outputShape: [64, 64], padMode: 'zeros', mode: 'bilinear' };
      expect(() => run('ProjectiveSample', inputs, attrs)).toThrow('The native kernel projectiveSample');
    }
    expect(use()).toEqual(before);
    tf.dispose(inputs);
  });
});

function picture(side: number, channels: number): tf.Tensor4D {
  return tf.ones([1, side, side, channels]);
}

function filter(inputs: number, outputs: number): tf.Tensor4D {
  return tf.ones([3, 3, inputs, outputs]);
}
