import { flattenModel, Hooks, type Module } from '@fastts/core';

/** What a layer of a model is and gives. */
export interface LayerInfo {
  /** The name of its class. */
  type: string;
  /** How many numbers its parameters have. */
  parameters: number;
  /** Whether its first parameter is trained; `null` where it has none. */
  trainable: boolean | null;
  /** The shape of its last output, with 1 for the number of items. */
  outputShape: readonly number[];
}

/**
 * What the innermost modules of a model are and give, in the order of the model; those that `run` does not call are
 * left out.
 *
 * Source: fastai `callback/hook.py`, `layer_info`.
 *
 * @param run has the model predict one item
 */
export async function layerInfo(model: Module, run: () => Promise<unknown>): Promise<LayerInfo[]> {
  const hooks = new Hooks(flattenModel(model), (layer, _inputs, { shape }) => infoOf(layer, shape));
  try {
    await run();
    return hooks.stored.filter((info) => info !== null);
  } finally {
    hooks.dispose();
  }
}

function infoOf(layer: Module, outputShape: readonly number[]): LayerInfo {
  return {
    type: layer.constructor.name,
    parameters: totalParams(layer).total,
    trainable: layer.parameters()[0]?.requiresGrad ?? null,
    outputShape,
  };
}

/**
 * How many numbers the parameters of a module have, and how many of them are trained.
 *
 * Source: fastai `callback/hook.py`, `total_params`.
 */
export function totalParams(module: Module): { total: number; trainable: number } {
  const parameters = module.parameters();
  const count = (some: typeof parameters) => some.reduce((sum, { size }) => sum + size, 0);
  return {
    total: count(parameters),
    trainable: count(parameters.filter(({ requiresGrad }) => requiresGrad)),
  };
}
