import { totalmem } from 'node:os';
import * as tf from '@tensorflow/tfjs-core';
import { availableMemory } from '../src/availableMemory.js';
import type { NativeBackend } from '../src/backend.js';
import '../src/index.js';
import { BufferPool } from '../src/pool.js';

const MiB = 2 ** 20;

beforeAll(() => tf.setBackend('native'));

/** What `work` throws. */
function thrown(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

const shortage = (bytes: number) =>
  expect.objectContaining({
    name: 'OutOfMemoryError',
    message: expect.stringMatching(/needs .* of memory, of which .* are available: use smaller batches/),
    bytes,
    available: expect.any(Number),
  });

test('a kernel that cannot allocate memory says how much it needs, and the engine continues to work', () => {
  const resize = (pictures: number, width: number) =>
    tf.image.resizeBilinear(tf.ones<tf.Rank.R4>([pictures, 2, 2, 3]), [1, width]);
  // Images so wide that their column positions, 24 bytes each, exceed any address space; the batch is empty.
  const error = thrown(() => resize(0, 2 ** 44));
  expect(error).toEqual(shortage(422212465065984));
  expect(String(error)).toContain('The kernel ResizeBilinear needs 422 TB of memory');
  expect([...resize(1, 3).dataSync()]).toEqual(new Array(9).fill(1));
});

// More values than an array can have in Node 20, and in any Node.
test.each([2 ** 40, 2 ** 52])(
  'a tensor of %d values is an error with the number of bytes, and leaves nothing',
  (values) => {
    const x = tf.ones([1, 1]);
    const used = () => [tf.memory().numTensors, (tf.backend() as NativeBackend).memory().numBytesInUse];
    const before = used();
    expect(thrown(() => tf.tile(x, [2 ** 20, values / 2 ** 20]))).toEqual(shortage(values * 4));
    expect(used()).toEqual(before);
    expect(tf.tidy(() => tf.sum(tf.tile(x, [2, 2])).dataSync()[0])).toBe(4);
    x.dispose();
  },
);

test('an operation of the plain CPU backend that cannot allocate memory says which it is', () => {
  const error = thrown(() => tf.tile(tf.ones([1, 1, 1, 1, 1]), [2, 2, 2, 2, 2 ** 45]));
  expect(error).toMatchObject({ name: 'OutOfMemoryError' });
  expect(String(error)).toMatch(/The kernel Tile needs more than the .* of memory that are available/);
});

describe('the pool', () => {
  /** A pool for which the system has `available` bytes, less those of buffers that the pool has. */
  function pool(available: number) {
    const live = new Map<ArrayBuffer, number>();
    const addon = {
      prepare: (buffer: ArrayBuffer) => {
        live.set(buffer, buffer.byteLength);
        return 0;
      },
      release: (buffer: ArrayBuffer) => void live.delete(buffer),
    };
    const left = () => available - [...live.values()].reduce((sum, bytes) => sum + bytes, 0);
    return new BufferPool(addon, undefined, left);
  }

  test('says how many bytes it could not get', () => {
    const of = pool(Number.POSITIVE_INFINITY);
    expect(thrown(() => of.allocate(2 ** 50))).toEqual(shortage(2 ** 50 + 64));
    expect(of.usage()).toEqual({ inUse: 0, free: 0 });
  });

  // The pool asks the system after a part of its memory, and leaves it another part.
  const part = totalmem() / 16;

  test('refuses memory that the system would grant but does not have, before it is used', () => {
    const of = pool(4 * part);
    const size = Math.round(part);
    const allocate = () => of.retain(of.allocate(size).buffer);
    const error = thrown(() => {
      for (let i = 0; i < 5; i++) allocate();
    });
    expect(error).toEqual(shortage(expect.any(Number) as unknown as number));
    const { available, bytes } = error as { available: number; bytes: number };
    expect(bytes).toBeGreaterThanOrEqual(size);
    expect(available).toBeLessThan(bytes);
  });

  test('first returns its free memory to the system', () => {
    const of = pool(4 * part);
    const buffers = [1, 2, 3].map(() => of.allocate(Math.round(part)).buffer);
    for (const buffer of buffers) of.retain(buffer);
    for (const buffer of buffers) of.release(buffer);
    const { buffer } = of.allocate(Math.round(3 * part));
    of.retain(buffer);
    expect(of.usage().free).toBeLessThan(MiB);
  });
});

test("the available memory is some of the machine's", () => {
  expect(availableMemory()).toBeGreaterThan(0);
  expect(availableMemory()).toBeLessThan(2 * totalmem());
});
