import * as tf from '@tensorflow/tfjs-core';
import '../src/index.js';

beforeAll(() => tf.setBackend('native'));

test('a kernel that cannot allocate memory throws an error with the number of bytes, and the engine continues to work', () => {
  const resize = (pictures: number, width: number) =>
    tf.image.resizeBilinear(tf.ones<tf.Rank.R4>([pictures, 2, 2, 3]), [1, width]);
  // Images so wide that their column positions, 24 bytes each, exceed any address space; the batch is empty.
  const width = 2 ** 44;
  const message = 'could not allocate 422212465065984 bytes';
  expect(() => resize(0, width)).toThrow(
    expect.objectContaining({ name: 'RangeError', message: expect.stringContaining(message) }),
  );
  expect([...resize(1, 3).dataSync()]).toEqual(new Array(9).fill(1));
});
