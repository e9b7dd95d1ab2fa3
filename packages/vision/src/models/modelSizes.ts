import {
  ArgumentError,
  applyInTurn,
  buildBudget,
  type Module,
  type Sequential,
  type Size,
  toSize,
} from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';

/**
 * The number of a model's input channels: those of its first convolution.
 *
 * Source: fastai `layers.py`, `in_channels`.
 *
 * @throws ArgumentError when it has no convolution.
 */
export function inChannels(model: Module): number {
  const filter = model.parameters().find(({ shape, layout }) => layout === 'conv' && shape.length === 4);
  if (!filter)
    throw new ArgumentError('The model has no convolution from which to infer its input channels.');
  return filter.shape[2]!;
}

/**
 * The output shapes of a model's parts for one image of `size` (default 64).
 *
 * Source: fastai `callback/hook.py`, `model_sizes`.
 *
 * @returns `[1, height, width, channels]` for each.
 */
export function modelSizes(model: Sequential, size: Size = 64): number[][] {
  return inEvaluation(model, () => {
    const shape = [1, ...toSize(size), inChannels(model)];
    buildBudget()?.output(shape);
    const shapes: number[][] = [];
    applyInTurn(model, tf.zeros(shape), (part, x) => {
      const y = part.forward(x);
      shapes.push(y.shape);
      return y;
    });
    return shapes;
  });
}

/**
 * The number of output channels, or features, of a model's body.
 *
 * Source: fastai `callback/hook.py`, `num_features_model`.
 *
 * @throws ArgumentError when the body is empty.
 */
export function numFeaturesModel(body: Sequential): number {
  if (body.length === 0) throw new ArgumentError('The body is empty: set cut to a later position.');
  // Some networks do not take the smallest images.
  for (let size = 32; ; size *= 2) {
    try {
      return modelSizes(body, size).at(-1)!.at(-1)!;
    } catch (error) {
      if (size >= 2048) throw error;
    }
  }
}

/** The result of `compute` with the model in evaluation mode; tensors are disposed of, and the modes restored. */
function inEvaluation<T>(model: Module, compute: () => T): T {
  const training = model.modules().filter((module) => module.training);
  model.eval();
  const scope = tf.engine();
  scope.startScope();
  try {
    return compute();
  } finally {
    scope.endScope();
    for (const module of training) module.training = true;
  }
}
