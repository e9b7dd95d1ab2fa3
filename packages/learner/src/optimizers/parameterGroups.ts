import { BatchNorm, InstanceNorm2d, type Module, named, Parameter } from '@fastts/core';

/** All parameters of a model that require a gradient, as one group. */
export function trainableParams(model: Module): Parameter[] {
  return model.parameters().filter((parameter) => parameter.requiresGrad);
}
named('trainableParams')(trainableParams);

/**
 * The parameters of norm layers and, unless `bias` is false, the biases of all other layers.
 *
 * Source: fastai `torch_core.py`, `norm_bias_params`.
 */
export function normAndBiasParameters(model: Module, { bias = true }: { bias?: boolean } = {}): Parameter[] {
  return model.modules().flatMap((module) => {
    if (module instanceof BatchNorm || module instanceof InstanceNorm2d) return module.parameters();
    const own: unknown = 'bias' in module ? module.bias : undefined;
    return bias && own instanceof Parameter ? [own] : [];
  });
}
