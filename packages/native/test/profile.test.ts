import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

// Eight convolutions and their gradients, a matrix product, and an op that only TensorFlow.js's CPU backend has.
const script = `
const tf = require('@tensorflow/tfjs');
require('./src/index.ts');
tf.setBackend('native').then(() => {
  const x = tf.ones([2, 8, 8, 3]);
  const filter = tf.ones([3, 3, 3, 4]);
  for (let i = 0; i < 8; i++) tf.grad((f) => tf.conv2d(x, f, 1, 'same').sum())(filter).dispose();
  tf.matMul(tf.ones([16, 32]), tf.ones([32, 8]));
  tf.unique(tf.tensor1d([1, 1, 2]));
});`;

/** The script's output on standard error. */
async function profile(value: string): Promise<string> {
  const child = promisify(execFile)(process.execPath, ['--require', 'tsx/cjs', '-e', script], {
    cwd: join(__dirname, '..'),
    env: { ...process.env, FASTTS_PROFILE: value },
  });
  return (await child).stderr;
}

describe('FASTTS_PROFILE', () => {
  test('prints one row per kernel at exit, with rates where known', async () => {
    const printed = await profile('1');
    const cells = (kernel: string) =>
      printed
        .split('\n')
        .find((line) => line.startsWith(`${kernel} `))
        ?.split(/ {2,}/);
    expect(cells('kernel')).toEqual(['kernel', 'calls', 'ms', 'share', 'GFLOP/s', 'GB/s']);
    for (const kernel of ['Conv2D', 'Conv2DBackpropFilter']) {
      expect(cells(kernel)).toEqual([kernel, '8', ...Array(4).fill(expect.stringMatching(/^\d+\.\d%?$/))]);
    }
    expect(cells('BatchMatMul')?.[1]).toBe('1');
    expect(cells('Unique (tfjs)')?.[1]).toBe('1');
  });

  test('can list shapes separately', async () => {
    expect(await profile('shapes')).toContain('Conv2D [2,8,8,3] [3,3,3,4] ');
  });

  test('prints nothing unless enabled', async () => {
    expect(await profile('')).toBe('');
  });
});
