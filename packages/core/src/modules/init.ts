import * as tf from '@tensorflow/tfjs-core';
import { ArgumentError } from '../errors.js';
import { Rng, rng } from '../random.js';
import type { Initial, Layout, Parameter } from './parameter.js';

/** The nonlinearity after a layer, whose gain initialization uses. */
export type Nonlinearity = 'linear' | 'relu' | 'leakyRelu' | 'tanh' | 'sigmoid';

/** Options of {@link kaimingNormal} and {@link kaimingUniform}. */
export interface KaimingOptions {
  /** Whether to preserve the variance of the forward pass (`'fanIn'`, default) or of the backward pass (`'fanOut'`). */
  mode?: 'fanIn' | 'fanOut';
  /** The nonlinearity after the layer (default `'leakyRelu'`, as in PyTorch). */
  nonlinearity?: Nonlinearity;
  /** Slope of the leaky ReLU below zero (default 0). */
  a?: number;
  /** The layout of the shape (default `'conv'` for four axes, else `'plain'`, `[out, in]`). */
  layout?: Layout;
  /** Source of the random draws (default: the library's stream). */
  random?: Rng;
}

/**
 * Normal values with standard deviation `gain / √fan`.
 *
 * Source: He et al. 2015; PyTorch `torch/nn/init.py`.
 *
 * @param shape `[out, in]`, or `[kernelHeight, kernelWidth, in / groups, out]`.
 */
export function kaimingNormal(shape: readonly number[], options: KaimingOptions = {}): tf.Tensor {
  return normal(shape, 0, kaimingDeviation(shape, options), options.random);
}

/**
 * Uniform values within ±`gain · √(3 / fan)`.
 *
 * Source: He et al. 2015; PyTorch `torch/nn/init.py`.
 *
 * @param shape `[out, in]`, or `[kernelHeight, kernelWidth, in / groups, out]`.
 */
export function kaimingUniform(shape: readonly number[], options: KaimingOptions = {}): tf.Tensor {
  const bound = Math.sqrt(3) * kaimingDeviation(shape, options);
  return uniform(shape, -bound, bound, options.random);
}

/**
 * Uniform values within ±`√(6 / (fanIn + fanOut))`.
 *
 * Source: Glorot and Bengio 2010; PyTorch `torch/nn/init.py`.
 *
 * @param shape `[out, in]`, or `[kernelHeight, kernelWidth, in / groups, out]`.
 */
export function xavierUniform(
  shape: readonly number[],
  { layout, random }: Pick<KaimingOptions, 'layout' | 'random'> = {},
): tf.Tensor {
  const { fanIn, fanOut } = fans(shape, layout ?? layoutOf(shape));
  const bound = Math.sqrt(6 / (fanIn + fanOut));
  return uniform(shape, -bound, bound, random);
}

/** Normal values. */
export function normal(shape: readonly number[], mean = 0, std = 1, random: Rng = rng()): tf.Tensor {
  return fill(shape, () => mean + std * random.normal());
}

/** Uniform values in [lo, hi). */
export function uniform(shape: readonly number[], lo = 0, hi = 1, random: Rng = rng()): tf.Tensor {
  return fill(shape, () => random.uniform(lo, hi));
}

/** Gives a parameter new values by {@link kaimingNormal}. */
export function kaimingNormal_(parameter: Parameter, { random, ...options }: KaimingOptions = {}): void {
  const { shape, layout } = parameter;
  parameter.reset(drawn(shape, (own) => kaimingNormal(shape, { layout, ...options, random: own }), random));
}

/** Gives a parameter new values by {@link kaimingUniform}. */
export function kaimingUniform_(parameter: Parameter, { random, ...options }: KaimingOptions = {}): void {
  const { shape, layout } = parameter;
  parameter.reset(drawn(shape, (own) => kaimingUniform(shape, { layout, ...options, random: own }), random));
}

/** Gives a parameter new values by {@link xavierUniform}. */
export function xavierUniform_(parameter: Parameter, random?: Rng): void {
  const { shape, layout } = parameter;
  parameter.reset(drawn(shape, (own) => xavierUniform(shape, { layout, random: own }), random));
}

/** Gives a parameter new values by {@link normal}. */
export function normal_(parameter: Parameter, mean = 0, std = 1, random?: Rng): void {
  parameter.reset(drawn(parameter.shape, (own) => normal(parameter.shape, mean, std, own), random));
}

/** Gives a parameter new values by {@link uniform}. */
export function uniform_(parameter: Parameter, lo = 0, hi = 1, random?: Rng): void {
  parameter.reset(drawn(parameter.shape, (own) => uniform(parameter.shape, lo, hi, own), random));
}

/** Sets all of a parameter's elements to one value. */
export function constant_(parameter: Parameter, value: number): void {
  parameter.reset(constant(parameter.shape, value));
}

/** Initial values of a parameter that are all equal. */
export function constant(
  shape: readonly number[],
  value: number,
  dtype: 'float32' | 'int32' = 'float32',
): Initial {
  return { shape, dtype, compute: () => tf.fill([...shape], value, dtype) };
}

/**
 * Random initial values of a parameter. They are drawn from a separate stream, seeded now, so they do not depend on
 * when they are computed.
 *
 * @param draw Draws values of that shape.
 * @param random Source of the stream's seed (default: the library's stream).
 */
export function drawn(shape: readonly number[], draw: (own: Rng) => tf.Tensor, random: Rng = rng()): Initial {
  const own = new Rng(random.seed32());
  return { shape, compute: () => draw(own) };
}

/**
 * PyTorch's default weight of a convolution or linear layer: uniform within ±1/√fanIn.
 *
 * Source: PyTorch `torch/nn/modules/conv.py`, `linear.py` (`kaiming_uniform_` with a = √5).
 */
export function defaultWeight(shape: readonly number[], layout: Layout): Initial {
  return drawn(shape, (random) => kaimingUniform(shape, { a: Math.sqrt(5), layout, random }));
}

/** PyTorch's default bias of a layer whose weight has this shape: uniform within ±1/√fanIn. */
export function defaultBias(weightShape: readonly number[], layout: Layout): Initial {
  const { fanIn, out } = fans(weightShape, layout);
  const bound = 1 / Math.sqrt(fanIn);
  return drawn([out], (random) => uniform([out], -bound, bound, random));
}

function kaimingDeviation(
  shape: readonly number[],
  { mode = 'fanIn', nonlinearity = 'leakyRelu', a = 0, layout }: KaimingOptions,
): number {
  const { fanIn, fanOut } = fans(shape, layout ?? layoutOf(shape));
  return gain(nonlinearity, a) / Math.sqrt(mode === 'fanIn' ? fanIn : fanOut);
}

function layoutOf(shape: readonly number[]): Layout {
  return shape.length === 4 ? 'conv' : 'plain';
}

/** PyTorch's `calculate_gain`. */
function gain(nonlinearity: Nonlinearity, a: number): number {
  switch (nonlinearity) {
    case 'linear':
    case 'sigmoid':
      return 1;
    case 'tanh':
      return 5 / 3;
    case 'relu':
      return Math.SQRT2;
    case 'leakyRelu':
      return Math.sqrt(2 / (1 + a * a));
  }
}

function fans(shape: readonly number[], layout: Layout): { fanIn: number; fanOut: number; out: number } {
  if (shape.length < 2) {
    throw new ArgumentError(`Kaiming initialization needs at least two axes, got the shape [${shape}].`);
  }
  if (layout === 'plain') {
    const [out, ...inputs] = shape as [number, ...number[]];
    const field = product(inputs.slice(1));
    return { fanIn: product(inputs), fanOut: out * field, out };
  }
  const field = product(shape.slice(0, -2));
  const [inputs, out] = shape.slice(-2) as [number, number];
  return { fanIn: inputs * field, fanOut: out * field, out };
}

function product(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a * b, 1);
}

function fill(shape: readonly number[], draw: () => number): tf.Tensor {
  const values = new Float32Array(product(shape));
  for (let i = 0; i < values.length; i++) values[i] = draw();
  return tf.tensor(values, [...shape]);
}
