import {
  BatchNorm,
  Conv1d,
  Conv2d,
  type ConvTranspose2d,
  constant_,
  InstanceNorm2d,
  kaimingNormal_,
  kaimingUniform_,
  LeakyReLU,
  Linear,
  Mish,
  type Module,
  normal_,
  Parameter,
  ReLU,
  ReLU6,
  Sigmoid,
  SiLU,
  SpectralNorm,
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

/**
 * Initializes a convolutional network: weights of convolutions and linear layers by Kaiming's normal distribution, all
 * biases, including those of norms, with zero. The scales of norms are not changed.
 *
 * Source: `init_cnn` of fastai `vision/models/xresnet.py`; He et al. 2015 (https://arxiv.org/abs/1502.01852).
 */
export function initCnn(model: Module): void {
  for (const module of model.modules()) {
    const { bias } = module as { bias?: unknown };
    if (bias instanceof Parameter) constant_(bias, 0);
    if (module instanceof Conv1d || module instanceof Conv2d || module instanceof Linear) {
      kaimingNormal_(module.weight);
    }
    if (module instanceof SpectralNorm) kaimingNormal_(module.weightOrig);
  }
}

/**
 * Initializes the weights of all layers except norms by `init`, and their biases with zero. Layers without trainable
 * parameters are not changed; nothing is if `init` is `null`.
 *
 * Source: fastai `torch_core.py`, `apply_init`.
 */
export function applyInit(model: Module, init: ((weight: Parameter) => void) | null): void {
  if (!init) return;
  for (const module of model.modules()) {
    const isNorm = module instanceof BatchNorm || module instanceof InstanceNorm2d;
    if (isNorm || !module.parameters()[0]?.requiresGrad) continue;
    const { weight, weightOrig, bias } = module as { weight?: unknown; weightOrig?: unknown; bias?: unknown };
    for (const own of [weight, weightOrig]) if (own instanceof Parameter) init(own);
    if (bias instanceof Parameter) constant_(bias, 0);
  }
}
