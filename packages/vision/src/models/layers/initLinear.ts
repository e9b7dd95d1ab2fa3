import {
  type Conv2d,
  type ConvTranspose2d,
  kaimingUniform_,
  LeakyReLU,
  Mish,
  type Module,
  normal_,
  type Parameter,
  ReLU,
  ReLU6,
  Sigmoid,
  SiLU,
  Tanh,
  xavierUniform_,
} from '@fastts/core';

/** Initializes a weight; `'auto'` chooses by the activation that follows, `null` keeps PyTorch's default. */
export type WeightInit = 'auto' | ((weight: Parameter) => void) | null;

/** Options of {@link initLinear}. */
export interface InitLinearOptions {
  /** The activation that follows. */
  act?: Module | null;
  /** Default `'auto'`. */
  init?: WeightInit;
  /** Standard deviation of the initial biases (default 0.01); `null` keeps PyTorch's default. */
  biasStd?: number | null;
}

/**
 * Initializes a convolution or linear layer for the activation that follows: Kaiming uniform for ReLU and its variants,
 * Xavier uniform for sigmoid and tanh, otherwise PyTorch's default.
 *
 * Source: fastai `layers.py`, `init_linear`.
 */
export function initLinear(
  { weight, bias }: Pick<Conv2d | ConvTranspose2d, 'weight' | 'bias'>,
  { act = null, init = 'auto', biasStd = 0.01 }: InitLinearOptions = {},
): void {
  if (bias && biasStd !== null) normal_(bias, 0, biasStd);
  const initWeight = init === 'auto' ? initBefore(act) : init;
  initWeight?.(weight);
}

function initBefore(act: Module | null): ((weight: Parameter) => void) | null {
  const isOneOf = (...kinds: (new () => Module)[]) => kinds.some((kind) => act instanceof kind);
  if (isOneOf(ReLU, ReLU6, LeakyReLU, SiLU, Mish)) return (weight) => kaimingUniform_(weight);
  return isOneOf(Sigmoid, Tanh) ? (weight) => xavierUniform_(weight) : null;
}
