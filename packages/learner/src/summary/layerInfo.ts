import { flattenModel, Hooks, type Module, nameOf } from '@fastts/core';

/** Information on a layer of a model. */
export interface LayerInfo {
  /** Class name. */
  type: string;
  /** Number of parameters. */
  parameters: number;
  /** Whether its first parameter is trainable; `null` if it has none. */
  trainable: boolean | null;
  /** Shape of its last output, with a batch size of 1. */
  outputShape: readonly number[];
}

/**
 * Information on the leaf modules of a model, in model order. Modules that `run` does not call are
 * omitted.
 *
 * Source: fastai `callback/hook.py`, `layer_info`.
 *
 * @param run Predicts one item with the model.
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
    type: nameOf(layer),
    parameters: totalParams(layer).total,
    trainable: layer.parameters()[0]?.requiresGrad ?? null,
    outputShape,
  };
}

/**
 * Number of parameters of a module, in total and trainable.
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
