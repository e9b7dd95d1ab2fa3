import { BatchNorm, constant_, InstanceNorm2d, type Module, Parameter } from '@fastts/core';

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
