import { ArgumentError, type Module, type Sequential, type Size, toSize } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';

/**
 * How many channels a model takes: those of its first convolution.
 *
 * Source: fastai `layers.py`, `in_channels`.
 *
 * @throws ArgumentError when it has no convolution.
 */
export function inChannels(model: Module): number {
  const filter = model.parameters().find(({ value, layout }) => layout === 'conv' && value.rank === 4);
  if (!filter) throw new ArgumentError('The model has no convolution to tell how many channels it takes.');
  return filter.shape[2]!;
}

/**
 * The shapes that the parts of a model give for one picture of `size` (default 64).
 *
 * Source: fastai `callback/hook.py`, `model_sizes`.
 *
 * @returns `[1, height, width, channels]` for each.
 */
export function modelSizes(model: Sequential, size: Size = 64): number[][] {
  return inEvaluation(model, () => {
    let x: tf.Tensor = tf.zeros([1, ...toSize(size), inChannels(model)]);
    return [...model].map((part) => {
      x = part.forward(x);
      return x.shape;
    });
  });
}

/**
 * How many channels, or features, a model's body gives.
 *
 * Source: fastai `callback/hook.py`, `num_features_model`.
 *
 * @throws ArgumentError when the body has no part.
 */
export function numFeaturesModel(body: Sequential): number {
  if (body.length === 0) throw new ArgumentError('The body has no part: cut the model further on, by cut.');
  // Some networks need more than the smallest pictures.
  for (let size = 32; ; size *= 2) {
    try {
      return modelSizes(body, size).at(-1)!.at(-1)!;
    } catch (error) {
      if (size >= 2048) throw error;
    }
  }
}

/** What `compute` gives while the model evaluates; its tensors go, and each module is as it was. */
export function inEvaluation<T>(model: Module, compute: () => T): T {
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
