import { decodeSafetensors, ensureEngine, type Module, Rng, setSeed } from '@fastts/core';
import { expectAllClose, expectNormClose } from '@fastts/testing/allClose';
import * as tf from '@tensorflow/tfjs-core';
import architectures from '../../fixtures/architectures.json';
import fixture from '../../fixtures/xresnet.json';
import {
  ResBlock,
  XResNet,
  xresnet18,
  xresnet18Deep,
  xresnet18Deeper,
  xresnet34,
  xresnet50,
  xresnet101,
  xresnet152,
} from '../../src/index.js';
import { fillState, hashImages } from '../hashFill.js';

/** The inverse of the script's `shared_ends`. */
function fullNames(short: readonly string[]): string[] {
  let before = '';
  return short.map((entry) => {
    const [shared, ...rest] = entry.split(':');
    before = before.slice(0, Number(shared)) + rest.join(':');
    return before;
  });
}

function run(model: Module, x: tf.Tensor): number[] {
  return tf.tidy(() => Array.from(model.forward(x).dataSync()));
}

beforeAll(async () => void (await ensureEngine()));

const makers = {
  xresnet18,
  xresnet34,
  xresnet50,
  xresnet101,
  xresnet152,
  xresnet18_deep: xresnet18Deep,
  xresnet18_deeper: xresnet18Deeper,
};

test.each(Object.entries(makers))("%s has fastai's parameters, by name and number", (name, make) => {
  const expected = architectures[name as keyof typeof makers];
  const model = make({ nOut: 10, widen: expected.widen });
  const parameters = model.namedParameters();
  expect(parameters.map(([parameter]) => parameter)).toEqual(fullNames(expected.parameters));
  expect(parameters.reduce((sum, [, { size }]) => sum + size, 0)).toBe(expected.count);
  const state = [...parameters, ...model.namedBuffers()].map(([entry]) => entry);
  expect(state.sort()).toEqual(fullNames(expected.state));
  model.dispose();
});

test('each weight is drawn once, and none if weights are loaded', () => {
  const draws = jest.spyOn(Rng.prototype, 'normal');
  const model = xresnet18({ nOut: 10 }).materialize();
  const weights = model.parameters().filter(({ shape }) => shape.length > 1);
  expect(draws).toHaveBeenCalledTimes(weights.reduce((sum, { size }) => sum + size, 0));
  draws.mockClear();
  const uniform = jest.spyOn(Rng.prototype, 'uniform');
  const state = model.stateDict();
  const other = xresnet18({ nOut: 10 });
  other.loadStateDict(state);
  other.materialize();
  expect(draws).not.toHaveBeenCalled();
  expect(uniform).not.toHaveBeenCalled();
  draws.mockRestore();
  uniform.mockRestore();
  tf.dispose([...state.values()]);
  for (const each of [model, other]) each.dispose();
});

describe("have fastai's outputs for the same weights", () => {
  const filled = (model: Module) => {
    const empty = model.stateDict();
    const state = fillState(empty);
    model.loadStateDict(state);
    tf.dispose([...empty.values(), ...state.values()]);
    return model;
  };
  const images = (side: number) => tf.tidy(() => hashImages(1, 2, side, side).mul(2).sub(1));

  test('xresnet18, in evaluation and in training', () => {
    const { side, eval: evaluated, train } = fixture.filled.xresnet18;
    const model = filled(xresnet18({ nOut: 10 }));
    expectNormClose(run(model.eval(), images(side)), evaluated.flat(), 1e-4);
    expectNormClose(run(model.train(), images(side)), train.flat(), 1e-4);
    model.dispose();
  });

  test('xresnet50, in evaluation', () => {
    const { side, eval: evaluated } = fixture.filled.xresnet50;
    const model = filled(xresnet50({ nOut: 10 }));
    expectNormClose(run(model.eval(), images(side)), evaluated.flat(), 1e-4);
    model.dispose();
  });
});

test('with a safetensors file written by Python', () => {
  const { file, side, eval: evaluated, train } = fixture.small;
  const { tensors } = decodeSafetensors(Buffer.from(file, 'base64'));
  const model = new XResNet(ResBlock, 1, [1, 2, 1, 1], { nOut: 5, cIn: 1, stemSzs: [4, 4, 64], widen: 0.04 });
  expect(model.loadStateDict(tensors)).toEqual({ missing: [], unexpected: [] });
  const x = hashImages(2, 2, side, side, 1);
  expectAllClose(run(model.eval(), x), evaluated.flat(), { atol: 1e-4 });
  expectAllClose(run(model.train(), x), train.flat(), { atol: 1e-4 });
});

test('gradients of all parameters agree with PyTorch', () => {
  const { file, side, gradients } = fixture.small;
  const { tensors } = decodeSafetensors(Buffer.from(file, 'base64'));
  const model = new XResNet(ResBlock, 1, [1, 2, 1, 1], { nOut: 5, cIn: 1, stemSzs: [4, 4, 64], widen: 0.04 });
  model.loadStateDict(tensors);
  const x = hashImages(2, 2, side, side, 1);
  const variables = model.parameters().map(({ value }) => value);
  const { grads } = tf.variableGrads(() => tf.mean(tf.square(model.forward(x))) as tf.Scalar, variables);
  const found = variables.map(({ name }) => {
    const gradient = grads[name]!;
    return [tf.sum(gradient).dataSync()[0]!, tf.norm(gradient).dataSync()[0]!];
  });
  for (const [i, [sum, norm]] of gradients.entries()) {
    expect(Math.abs(found[i]![0]! - sum!)).toBeLessThan(1e-4 + 2e-3 * norm!);
    expect(Math.abs(found[i]![1]! - norm!)).toBeLessThan(1e-4 + 1e-3 * norm!);
  }
});

test('weights are initialized like in fastai', () => {
  setSeed(1);
  const model = xresnet18({ nOut: 10 });
  const spread = ([, { value, layout }]: [string, { value: tf.Variable; layout: string }]) => {
    const fanIn = value.size / value.shape[layout === 'conv' ? 3 : 0]!;
    return (tf.moments(value).variance.dataSync()[0]! * fanIn) / 2;
  };
  const named = model.namedParameters();
  for (const weight of named.filter(([, { value }]) => value.size > 1000 && value.rank > 1)) {
    expect(spread(weight)).toBeGreaterThan(0.9);
    expect(spread(weight)).toBeLessThan(1.1);
  }
  for (const [name, { value }] of named.filter(([, { value }]) => value.rank === 1)) {
    const distinct = [...new Set(value.dataSync())];
    if (name.endsWith('bias')) expect(distinct).toEqual([0]);
    else if (name.endsWith('convpath.1.1.weight')) expect(distinct).toEqual([0]);
    else expect(distinct).toEqual([1]);
  }
  setSeed(1);
  const again = xresnet18({ nOut: 10 });
  expect(again.parameters()[0]!.value.dataSync()).toEqual(model.parameters()[0]!.value.dataSync());
});

test('rejects invalid arguments', () => {
  expect(() => xresnet18({ ks: 4 })).toThrow('ks must be odd, got 4');
  expect(() => xresnet18({ stemSzs: [8, 8, 16] })).toThrow('must be 64');
});
