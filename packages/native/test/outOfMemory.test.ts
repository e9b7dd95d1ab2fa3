import * as tf from '@tensorflow/tfjs-core';
import '../src/index.js';

beforeAll(() => tf.setBackend('native'));

test('a kernel that gets no memory throws how much it asked for, and the engine works on', () => {
  const resize = (pictures: number, width: number) =>
    tf.image.resizeBilinear(tf.ones<tf.Rank.R4>([pictures, 2, 2, 3]), [1, width]);
  // Pictures so wide that the places of their columns, 24 bytes each, fit into no address space; there are none of them.
  const width = 2 ** 44;
  const message = 'could not allocate 422212465065984 bytes';
  expect(() => resize(0, width)).toThrow(
    expect.objectContaining({ name: 'RangeError', message: expect.stringContaining(message) }),
  );
  expect([...resize(1, 3).dataSync()]).toEqual(new Array(9).fill(1));
});
