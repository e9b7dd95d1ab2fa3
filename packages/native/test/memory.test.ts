import { uniform } from '@fastts/testing/tensors';
import * as tf from '@tensorflow/tfjs';
import type { NativeBackend } from '../src/backend.js';
import { nativeInfo, setNumThreads } from '../src/index.js';
import { BufferPool } from '../src/pool.js';

const MiB = 2 ** 20;

// Keeps the CPU backend from recommending another one.
tf.env().set('IS_TEST', true);

beforeAll(() => tf.setBackend('native'));

describe('memory of disposed tensors', () => {
  test('is reused for later tensors', () => {
    const usage = () => (tf.backend() as NativeBackend).memory();
    const step = () => tf.tidy(() => void uniform([64, 1024], 1).relu().exp().sum().dataSync());
    step();
    const after = usage();
    for (let i = 0; i < 20; i++) step();
    expect(usage()).toEqual(after);
  });

  test('is not reused while a caller may hold an array of it', async () => {
    const x = uniform([1024], 1).relu();
    const [sync, later] = [x.dataSync(), await x.data()];
    const kept = Array.from(sync);
    x.dispose();
    for (let i = 0; i < 8; i++) tf.fill([1024], 7 + i).dispose();
    expect(Array.from(sync)).toEqual(kept);
    expect(Array.from(later)).toEqual(kept);
  });

  test('is not reused while another tensor shares it', () => {
    const x = uniform([8, 1024], 1).relu();
    const expected = Array.from(x.slice([2], [1]).dataSync());
    // The CPU backend's unstack and reshape return views of the same memory.
    const rows = x.unstack();
    const flat = x.reshape([-1]);
    const copy = x.clone();
    const all = Array.from(x.dataSync());
    x.dispose();
    for (let i = 0; i < 8; i++) tf.fill([8, 1024], 7).dispose();
    expect(Array.from(rows[2]!.dataSync())).toEqual(expected);
    expect(Array.from(flat.dataSync())).toEqual(all);
    flat.dispose();
    rows.forEach((row) => void row.dispose());
    for (let i = 0; i < 8; i++) tf.fill([8, 1024], 7).dispose();
    expect(Array.from(copy.dataSync())).toEqual(all);
    copy.dispose();
  });

  test("is not reused if it is a user's array", () => {
    const mine = new Float32Array(1024).fill(3);
    tf.tensor1d(mine).dispose();
    for (let i = 0; i < 8; i++) tf.fill([1024], 7).dispose();
    expect(mine.every((value) => value === 3)).toBe(true);
  });

  test('is not reused while a tensor on another backend needs it', async () => {
    const x = uniform([2048], 1).relu();
    const values = Array.from(x.dataSync());
    await tf.setBackend('cpu');
    const onCpu = x.add(0);
    await tf.setBackend('native');
    for (let i = 0; i < 8; i++) tf.fill([2048], 7).dispose();
    expect(Array.from(onCpu.dataSync())).toEqual(values);
    expect(Array.from(x.dataSync())).toEqual(values);
  });
});

describe('BufferPool', () => {
  /** A pool, and the number of bytes in its buffers that have not been returned to the system. */
  function pool(limit?: number) {
    const live = new Map<ArrayBuffer, number>();
    const addon = {
      prepare(buffer: ArrayBuffer) {
        live.set(buffer, buffer.byteLength);
        return 0;
      },
      release: (buffer: ArrayBuffer) => void live.delete(buffer),
    };
    const held = () => [...live.values()].reduce((total, bytes) => total + bytes, 0);
    return { pool: new BufferPool(addon, limit), held };
  }

  function allocate(of: BufferPool, count: number, bytes: number): ArrayBuffer[] {
    const buffers = Array.from({ length: count }, () => of.allocate(bytes).buffer);
    for (const buffer of buffers) of.retain(buffer);
    return buffers;
  }

  test('reuses memory only after its last tensor is released', () => {
    const { pool: of } = pool();
    const { buffer } = of.allocate(MiB);
    of.retain(buffer);
    of.retain(buffer);
    of.release(buffer);
    expect(of.allocate(MiB).buffer).not.toBe(buffer);
    of.release(buffer);
    expect(of.allocate(MiB).buffer).toBe(buffer);
  });

  test('keeps no more free memory than its limit', () => {
    const { pool: of, held } = pool(3 * MiB);
    for (const buffer of allocate(of, 6, MiB)) of.release(buffer);
    expect(of.usage()).toEqual({ inUse: 0, free: 3 * MiB });
    expect(held()).toBeLessThan(3.01 * MiB);
  });

  test('reuses larger memory rather than freeing it, and keeps its size', () => {
    const { pool: of, held } = pool();
    const [large] = allocate(of, 1, 8 * MiB);
    of.release(large!);
    const [small] = allocate(of, 1, 3 * MiB);
    expect(small).toBe(large);
    of.release(small!);
    expect(allocate(of, 1, 8 * MiB)).toEqual([large]);
    expect(held()).toBeLessThan(8.01 * MiB);
    of.release(large!);
    expect(of.usage()).toEqual({ inUse: 0, free: 8 * MiB });
  });

  test('frees memory of earlier batch sizes rather than growing', () => {
    const { pool: of, held } = pool();
    for (const size of [8, 7, 6, 5, 4]) {
      for (const buffer of allocate(of, 8, size * MiB)) of.release(buffer);
    }
    expect(held()).toBeLessThanOrEqual(1.25 * 64 * MiB);
  });

  test('returns memory to the system immediately', () => {
    const { pool: of } = tf.backend() as NativeBackend;
    const buffers = allocate(of, 4, 8 * MiB);
    for (const buffer of buffers) of.release(buffer);
    of.trim();
    expect(buffers.map((buffer) => buffer.byteLength)).toEqual([0, 0, 0, 0]);
    expect(of.usage().free).toBe(0);
  });

  test('aligns memory for vector instructions', () => {
    const { addon, pool: of } = tf.backend() as NativeBackend;
    for (const bytes of [2048, 5000, 3 * MiB]) {
      const { buffer, offset } = of.allocate(bytes);
      expect(offset).toBe(addon.prepare(buffer));
      expect(buffer.byteLength - offset).toBeGreaterThanOrEqual(bytes);
    }
  });
});

describe('threads', () => {
  test('can be set, and do not change results', () => {
    const { threads } = nativeInfo();
    const sums = [1, 3].map((count) => {
      setNumThreads(count);
      expect(nativeInfo().threads).toBe(count);
      return tf.tidy(() => uniform([300, 1000], 1).sum().dataSync()[0]);
    });
    setNumThreads(threads);
    expect(sums[0]).toBe(sums[1]);
    expect(() => setNumThreads(0)).toThrow('from 1 to 256, got 0');
  });
});
