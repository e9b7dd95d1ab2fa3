import { type Module } from '@fastts/core';
import * as tf from '@tensorflow/tfjs';
import architectures from '../fixtures/architectures.json';
import fixture from '../fixtures/xresnet.json';
import * as vision from '../src/index.js';
import { largestDifference } from './close.js';
import { fillState, hashImages } from './hashFill.js';

/** The other way round of the script's `shared_ends`. */
function fullNames(short: readonly string[]): string[] {
  let before = '';
  return short.map((entry) => {
    const [shared, ...rest] = entry.split(':');
    before = before.slice(0, Number(shared)) + rest.join(':');
    return before;
  });
}

function run(model: Module, x: tf.Tensor): ArrayLike<number> {
  return tf.tidy(() => model.forward(x).dataSync());
}

const { versions: _, ...known } = architectures;

test.each(Object.entries(known))("%s has fastai's parameters, by name and number", (name, expected) => {
  const maker = name.replace(/_(\w)/, (_, letter: string) => letter.toUpperCase());
  const make = (vision as unknown as Record<string, (options: vision.XResNetOptions) => vision.XResNet>)[
    maker
  ]!;
  const model = make({ nOut: 10 });
  const parameters = model.namedParameters();
  expect(parameters.map(([parameter]) => parameter)).toEqual(fullNames(expected.parameters));
  expect(parameters.reduce((sum, [, { value }]) => sum + value.size, 0)).toBe(expected.count);
  const state = [...model.namedParameters(), ...model.namedBuffers()].map(([entry]) => entry);
  expect(state.sort()).toEqual(fullNames(expected.state));
  model.dispose();
});

test.each(Object.entries(fixture.filled))(
  "%s gives fastai's outputs for the same weights",
  (name, expected) => {
    const model = vision[name as 'xresnet18' | 'xresnet50']({ nOut: 10 });
    const empty = model.stateDict();
    const state = fillState(empty);
    model.loadStateDict(state);
    const x = tf.tidy(() => hashImages(1, 2, expected.side, expected.side).mul(2).sub(1));
    const scale = Math.max(...expected.eval.flat().map(Math.abs));
    expect(largestDifference(run(model.eval(), x), expected.eval.flat()) / scale).toBeLessThan(1e-4);
    const trained = Math.max(...expected.train.flat().map(Math.abs));
    expect(largestDifference(run(model.train(), x), expected.train.flat()) / trained).toBeLessThan(1e-4);
    model.dispose();
    tf.dispose([...empty.values(), ...state.values(), x]);
  },
);
