import * as tf from '@tensorflow/tfjs';
import type { Addon } from '../src/addon.js';
import type { NativeBackend } from '../src/backend.js';
import { nativeInfo, setNumThreads } from '../src/index.js';
import { BufferPool } from '../src/pool.js';
import { random } from './tensors.js';

const MiB = 2 ** 20;

beforeAll(() => tf.setBackend('native'));

describe('memory of disposed tensors', () => {
  test('serves later tensors', () => {
    const usage = () => (tf.backend() as NativeBackend).memory();
    const step = () => tf.tidy(() => void random([64, 1024], 1).relu().exp().sum().dataSync());
    step();
    const after = usage();
    for (let i = 0; i < 20; i++) step();
    expect(usage()).toEqual(after);
  });

  test('is never that of an array which someone was given', async () => {
    const x = random([1024], 1).relu();
    const [sync, later] = [x.dataSync(), await x.data()];
    const kept = Array.from(sync);
    x.dispose();
    for (let i = 0; i < 8; i++) tf.fill([1024], 7 + i).dispose();
    expect(Array.from(sync)).toEqual(kept);
    expect(Array.from(later)).toEqual(kept);
  });

  test('is never that of a tensor which shares it', () => {
    const x = random([8, 1024], 1).relu();
    const expected = Array.from(x.slice([2], [1]).dataSync());
    // The CPU backend's unstack and reshape make views of the same memory.
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

  test("is never the user's own array", () => {
    const mine = new Float32Array(1024).fill(3);
    tf.tensor1d(mine).dispose();
    for (let i = 0; i < 8; i++) tf.fill([1024], 7).dispose();
    expect(mine.every((value) => value === 3)).toBe(true);
  });

  test('survives a move between backends', async () => {
    const x = random([2048], 1).relu();
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
  /** An addon whose memory is JavaScript's. */
  function pool(limit?: number) {
    const live = new Set<ArrayBuffer>();
    const addon = {
      allocate(bytes: number) {
        const buffer = new ArrayBuffer(bytes);
        live.add(buffer);
        return buffer;
      },
      release: (buffer: ArrayBuffer) => void live.delete(buffer),
      allocated: () => [...live].reduce((total, buffer) => total + buffer.byteLength, 0),
    };
    return { pool: new BufferPool(addon as Partial<Addon> as Addon, limit), live };
  }

  test('hands a buffer out again only after its last tensor is gone', () => {
    const { pool: of } = pool();
    const buffer = of.allocate(MiB);
    of.retain(buffer);
    of.retain(buffer);
    of.release(buffer);
    expect(of.allocate(MiB)).not.toBe(buffer);
    of.release(buffer);
    expect(of.allocate(MiB)).toBe(buffer);
  });

  test('keeps no more free than its limit', () => {
    const { pool: of, live } = pool(3 * MiB);
    const buffers = Array.from({ length: 6 }, () => of.allocate(MiB));
    for (const buffer of buffers) of.retain(buffer);
    for (const buffer of buffers) of.release(buffer);
    expect(of.usage()).toEqual({ inUse: 0, free: 3 * MiB });
    expect(live.size).toBe(3);
  });

  test('gives back what an earlier size of batch left, rather than grow', () => {
    const { pool: of, live } = pool();
    const use = (bytes: number) => {
      const buffers = Array.from({ length: 8 }, () => of.allocate(bytes));
      for (const buffer of buffers) of.retain(buffer);
      for (const buffer of buffers) of.release(buffer);
    };
    for (const size of [8, 7, 6, 5, 4]) use(size * MiB);
    const held = [...live].reduce((total, buffer) => total + buffer.byteLength, 0);
    expect(held).toBeLessThanOrEqual(1.25 * 64 * MiB);
  });
});

describe('threads', () => {
  test('are settable, and do not change results', () => {
    const { threads } = nativeInfo();
    const sums = [1, 3].map((count) => {
      setNumThreads(count);
      expect(nativeInfo().threads).toBe(count);
      return tf.tidy(() => random([300, 1000], 1).sum().dataSync()[0]);
    });
    setNumThreads(threads);
    expect(sums[0]).toBe(sums[1]);
    expect(() => setNumThreads(0)).toThrow('from 1 to 256, but is 0');
  });
});
