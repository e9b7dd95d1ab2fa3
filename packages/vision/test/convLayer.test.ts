import { BatchNorm2d, ensureEngine, gradients, ReLU, Sequential, setSeed } from '@fastts/core';
import * as tf from '@tensorflow/tfjs';
import { ConvLayer } from '../src/index.js';
import { relativeDifference } from './close.js';

beforeAll(async () => void (await ensureEngine()));

const pictures = () => tf.randomNormal([3, 9, 7, 4], 1, 1, 'float32', 2);

test('norm and activation in one pass give what the three modules give one by one', () => {
  setSeed(1);
  const layer = new ConvLayer(4, 12, { stride: 2 });
  const apart = new Sequential(...layer);
  const x = pictures();
  const weights = tf.randomNormal([3, 5, 4, 12], 0, 1, 'float32', 3);
  const parameters = layer.parameters();
  const results = [layer, apart].map((model) => {
    const state = layer.stateDict();
    const before = tf.memory().numTensors;
    const { value, gradients: found } = gradients(
      () => tf.sum(tf.mul(model.forward(x), weights)),
      parameters,
    );
    expect(tf.memory().numTensors).toBe(before + 1 + parameters.length);
    const buffers = layer.namedBuffers().map(([, buffer]) => tf.clone(buffer.value as tf.Tensor));
    layer.loadStateDict(state);
    return [value, ...found.values(), ...buffers, model.eval().forward(x)].map((tensor) => {
      model.train();
      return tensor.dataSync();
    });
  });
  const [one, two] = [results[0]!, results[1]!];
  expect(one).toHaveLength(two.length);
  one.forEach((values, i) => {
    expect(relativeDifference(values, Array.from(two[i]!))).toBeLessThan(1e-5);
  });
  expect(layer.namedParameters().map(([name]) => name)).toEqual(['0.weight', '1.weight', '1.bias']);
});

test('a layer whose norm or activation somebody has replaced calls what is there', () => {
  class Doubled extends ReLU {
    override forward(x: tf.Tensor): tf.Tensor {
      return tf.mul(super.forward(x), 2);
    }
  }
  const plain = new ConvLayer(4, 6);
  const x = pictures();
  const expected = tf.mul(plain.forward(x), 2).dataSync();
  plain[2] = new Doubled();
  expect(plain.forward(x).dataSync()).toEqual(expected);
  const norm = plain[1] as BatchNorm2d;
  let calls = 0;
  plain[2] = new ReLU();
  norm.forward = (input) => {
    calls++;
    return BatchNorm2d.prototype.forward.call(norm, input);
  };
  plain.forward(x);
  expect(calls).toBe(1);
});
