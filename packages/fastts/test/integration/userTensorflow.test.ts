import { spawnSync } from 'node:child_process';
import { runInContext } from 'node:vm';
import { pageWith } from '@fastts/testing/page';

/** Checks a program that imports TensorFlow.js itself, as `tf`, in addition to fastts. */
const check = `
async function check(tf, fastts) {
  const { Linear, tf: ours } = fastts;
  fastts.setQuiet(true);
  await fastts.useEngine();
  const expectClose = (tensor, expected) => {
    const values = [...tensor.dataSync()];
    if (values.length !== expected.length || values.some((value, i) => !(Math.abs(value - expected[i]) < 1e-4))) {
      throw new Error('expected ' + expected + ', got ' + values);
    }
  };

  const x = tf.tensor2d([[1, -2], [3, 4]]);
  const layer = new Linear(2, 1);
  layer.weight.value.assign(ours.ones([1, 2]));
  layer.bias.value.assign(ours.zeros([1]));
  expectClose(layer.forward(x), [-1, 7]);
  expectClose(tf.square(layer.forward(x)), [1, 49]);
  expectClose(x.add(ours.ones([2, 2])).relu().sum(1), [2, 9]);
  expectClose(ours.ones([2, 2]).mul(x).relu(), [1, 0, 3, 4]);
  expectClose(tf.grad((at) => ours.sum(tf.square(layer.forward(at))))(x), [-2, -2, 14, 14]);
  expectClose(ours.grad((at) => at.mul(tf.onesLike(at)).exp().log().sum())(x), [1, 1, 1, 1]);

  const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2], kernelInitializer: 'zeros' })] });
  model.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
  await model.fit(x, tf.ones([2, 1]), { epochs: 1, verbose: 0 });
  expectClose(model.getWeights()[0], [0.4, 0.2]);

  return {
    engine: tf.engine() === ours.engine(),
    backend: tf.getBackend() === ours.getBackend() && tf.getBackend() !== undefined,
    Tensor: tf.Tensor === ours.Tensor && tf.Variable === ours.Variable,
    instance: layer.forward(x) instanceof tf.Tensor && x instanceof ours.Tensor,
  };
}`;
const one = { engine: true, backend: true, Tensor: true, instance: true };

const tensorflow = {
  import: "import * as tf from '@tensorflow/tfjs';",
  require: "const tf = require('@tensorflow/tfjs');",
};
const fastts = { import: "import * as fastts from 'fastts';", require: "const fastts = require('fastts');" };
const require =
  "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);";

/** Imports are hoisted: they run before any `require`. */
test.each([
  ['imports it, then fastts', [tensorflow.import, fastts.import]],
  ['imports it after fastts', [fastts.import, tensorflow.import]],
  ['requires it, then fastts', [require, tensorflow.require, fastts.require]],
  ['requires it after fastts', [require, fastts.require, tensorflow.require]],
  ['imports it, then requires fastts', [require, tensorflow.import, fastts.require]],
  ['requires it after it imports fastts', [require, fastts.import, tensorflow.require]],
])('a program that %s, shares engine and tensors, without warnings about double registration', (_, loads) => {
  const program = [...loads, check, 'console.log(JSON.stringify(await check(tf, fastts)));'].join('\n');
  const options = ['--input-type=module', '--eval', program];
  const { stdout, stderr } = spawnSync(process.execPath, options, { cwd: __dirname, encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual(one);
});

test.each([
  ['imports it, then fastts', [tensorflow.import, fastts.import]],
  ['imports it after fastts', [fastts.import, tensorflow.import]],
])('a page that %s, shares engine and tensors', async (_, loads) => {
  const page = await pageWith(
    [...loads, check, 'export const shared = () => check(tf, fastts);'].join('\n'),
    __dirname,
  );
  expect(await runInContext('fastts.shared().then(JSON.stringify)', page)).toBe(JSON.stringify(one));
});
