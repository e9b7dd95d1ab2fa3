import { execFileSync } from 'node:child_process';
import { tf } from '@fastts/core';

test('gradients are registered without the package @tensorflow/tfjs', () => {
  const gradient = tf.grad((x: tf.Tensor) => tf.sum(tf.mul(x, x)))(tf.tensor1d([1, 2, 3]));
  expect([...gradient.dataSync()]).toEqual([2, 4, 6]);
});

test('tensors have ops as methods without the package @tensorflow/tfjs', () => {
  expect([...tf.tensor1d([-1, 2]).relu().add(1).dataSync()]).toEqual([1, 3]);
});

test('all gradients and methods of @tensorflow/tfjs are available', () => {
  const script = `
    const tf = require('@tensorflow/tfjs');
    const ops = Object.getOwnPropertyNames(tf.Tensor.prototype);
    console.log(JSON.stringify({ ops, kernels: [...globalThis._tfGlobals.get('gradRegistry').keys()] }));`;
  const { ops, kernels } = JSON.parse(
    execFileSync(process.execPath, ['-e', script], { cwd: __dirname, encoding: 'utf8' }),
  );
  expect(kernels.filter((kernel: string) => !tf.getGradient(kernel))).toEqual([]);
  expect(ops.filter((op: string) => !(op in tf.Tensor.prototype))).toEqual([]);
  expect([ops.length, kernels.length].every((count) => count > 100)).toBe(true);
});
