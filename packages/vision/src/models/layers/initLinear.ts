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

/** Gives a weight its first values; `'auto'` chooses by the activation that follows, `null` leaves PyTorch's. */
export type WeightInit = 'auto' | ((weight: Parameter) => void) | null;

/** Options of {@link initLinear}. */
export interface InitLinearOptions {
  /** The activation that follows. */
  act?: Module | null;
  /** Default `'auto'`. */
  init?: WeightInit;
  /** Deviation of the first biases (default 0.01); `null` leaves PyTorch's. */
  biasStd?: number | null;
}

/**
 * Begins a convolution or linear layer by what follows it: Kaiming's uniform values before ReLU and its kin, Xavier's
 * before a sigmoid or tanh, PyTorch's otherwise.
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
