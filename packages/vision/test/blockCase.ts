import { createHash } from 'node:crypto';
import type { Module } from '@fastts/core';
import { expectNormClose } from '@fastts/testing/allClose';
import * as tf from '@tensorflow/tfjs-core';
import { fillState, hashImages } from './hashFill.js';

/** A model's outputs and gradients, in the form of the script `block_case.py`. */
export interface BlockCase {
  /** The input's shape in PyTorch: `[n, channels, height, width]`, or `[n, features]`. */
  shape: number[];
  train: boolean;
  state: string[];
  y: number[];
  dx: number[];
  gradients: object;
}

/** A model's parameters and state, in the script's form. */
export interface Described {
  count: number;
  parameters: string;
  state: string;
}

/** A model's outputs in evaluation for one image with the given side in pixels. */
export interface Evaluated {
  side: number;
  y: number[];
}

/** The script's draws, from −1 to 1, for a shape in PyTorch; returned with channels last. */
export function draws(key: number, [n, channels, ...sides]: number[]): tf.Tensor {
  const [height = 1, width = 1] = sides;
  return tf.tidy(() => {
    const x = tf.sub(tf.mul(hashImages(key, n!, height, width, channels), 2), 1);
    return sides.length > 0 ? x : tf.reshape(x, [n!, channels!]);
  });
}

/** Fills a model's state by the script's formula, in order. */
export function filled<T extends Module>(model: T, norm?: number): T {
  const empty = model.stateDict();
  const state = fillState(empty, norm);
  model.loadStateDict(state);
  tf.dispose([...empty.values(), ...state.values()]);
  return model;
}

/** Fills a model like the script, and expects the same names, outputs and gradients. */
export function expectLikeFastai(model: Module, expected: BlockCase): void {
  filled(model).train(expected.train);
  expect([...model.stateDict().keys()]).toEqual(expected.state);
  const x = tf.variable(draws(1, expected.shape));
  const parameters = model.namedParameters();
  let y: tf.Tensor | undefined;
  const loss = () => {
    y = tf.keep(model.forward(x));
    const weighed = y.rank === 4 ? tf.mul(y, draws(2, channelsFirst(y.shape))) : tf.square(y);
    return tf.mean(weighed) as tf.Scalar;
  };
  const { grads } = tf.variableGrads(loss, [x, ...parameters.map(([, { value }]) => value)]);
  expectSummary(y!, expected.y, 2e-5);
  expectSummary(grads[x.name]!, expected.dx, 1e-4);
  const gradients = new Map(Object.entries(expected.gradients as Record<string, number[]>));
  expect(parameters.map(([name]) => name)).toEqual([...gradients.keys()]);
  for (const [name, { value, layout }] of parameters) {
    const gradient = grads[value.name]!;
    // The script moves channels last in all arrays of four axes, whatever these are.
    const axes = { 3: [2, 1, 0], 4: [3, 0, 1, 2] }[gradient.rank as 3 | 4];
    expectSummary(layout === 'conv' ? tf.transpose(gradient, axes) : gradient, gradients.get(name)!, 5e-4);
  }
}

/** Expects a model to have the same parameters and state, by name, shape and number. */
export function expectDescribed(model: Module, expected: Described): void {
  const parameters = model.namedParameters();
  expect(parameters.reduce((sum, [, { value }]) => sum + value.size, 0)).toBe(expected.count);
  expect(digest(parameters.map(([name]) => name))).toBe(expected.parameters);
  const state = model.stateDict();
  const entries = [...state].map(([name, { shape }]) => `${name}[${shape}]`);
  tf.dispose([...state.values()]);
  expect(digest(entries.sort())).toBe(expected.state);
}

/** Fills a model like the script, and expects the same outputs in evaluation. */
export function expectEvaluated(model: Module, { side, y }: Evaluated): void {
  filled(model, 0.5).eval();
  const actual = tf.tidy(() => {
    const x = tf.add(tf.mul(draws(1, [1, 3, side, side]), 0.5), 0.5);
    return model.forward(x).dataSync();
  });
  expectNormClose(actual, y, 1e-4);
}

/** Expects a tensor's weighted sum and norm, up to a fraction of the norm. */
function expectSummary(x: tf.Tensor, [sum, norm]: number[], tolerance: number): void {
  const values = x.dataSync();
  let actualSum = 0;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    actualSum += values[i]! * Math.cos(i);
    squares += values[i]! ** 2;
  }
  expect(Math.abs(Math.sqrt(squares) - norm!)).toBeLessThanOrEqual(1e-7 + tolerance * norm!);
  expect(Math.abs(actualSum - sum!)).toBeLessThanOrEqual(1e-7 + tolerance * norm!);
}

const channelsFirst = ([n, height, width, channels]: number[]) => [n!, channels!, height!, width!];

const digest = (names: string[]) => createHash('sha256').update(names.join('\n')).digest('hex');
