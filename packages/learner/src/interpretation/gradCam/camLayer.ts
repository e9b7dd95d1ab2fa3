import type { Module } from '@fastts/core';
import { nearestLabel } from '@fastts/data';
import * as tf from '@tensorflow/tfjs-core';
import { LearnerError } from '../../errors.js';

/** A module of a model with its dotted name. */
export type NamedLayer = readonly [name: string, layer: Module];

/** A call of a layer in a forward pass. */
export interface LayerCall {
  /** The layer's name. */
  name: string;
  layer: Module;
  /** Which of the layer's calls in the pass it is, from 0. */
  call: number;
  /** Its output, `[n, height, width, channels]`, which belongs to the caller. */
  output: tf.Tensor4D;
}

/**
 * Runs a forward pass.
 *
 * @param candidates The layers among which to choose.
 * @returns The last call whose output has spatial extent, such as the last block before global pooling; `undefined` if none has.
 */
export function lastSpatialCall(
  candidates: readonly NamedLayer[],
  forward: () => void,
): LayerCall | undefined {
  const found: LayerCall[] = [];
  const handles = candidates.map(([name, layer]) => {
    let calls = 0;
    return layer.registerForwardHook((_layer, _inputs, output) => {
      const call = calls++;
      if (!isMap(output)) return;
      // Keeps one, rather than the outputs of all layers.
      found.pop()?.output.dispose();
      found.push({ name, layer, call, output: tf.keep(output.clone()) });
    });
  });
  try {
    forward();
  } catch (error) {
    found.pop()?.output.dispose();
    throw error;
  } finally {
    for (const handle of handles) handle.remove();
  }
  return found[0];
}

/** Runs a forward pass in which the output of a call is replaced. */
export function withOutput<T>({ layer, call }: LayerCall, output: tf.Tensor, forward: () => T): T {
  let calls = 0;
  const hook = layer.registerForwardHook(() => (calls++ === call ? output : undefined));
  try {
    return forward();
  } finally {
    hook.remove();
  }
}

/**
 * The layer that a user chose.
 *
 * @param choice A module of the model, or its name as in `model.namedModules()`.
 * @throws LearnerError when the model has no such module.
 */
export function chosenLayer(model: Module, choice: Module | string): NamedLayer {
  const named = model.namedModules();
  const found = named.find(([name, layer]) => layer === choice || name === choice);
  if (found) return found;
  if (typeof choice !== 'string') {
    throw new LearnerError(
      "`layer` is not a module of the learner's model: choose one of learn.model.modules().",
    );
  }
  const names = named.map(([name]) => name).filter((name) => name !== '');
  throw new LearnerError(
    `The model has no layer named '${choice}': the most similar name in learn.model.namedModules() is '${nearestLabel(choice, names)}'.`,
  );
}

function isMap(output: tf.Tensor): output is tf.Tensor4D {
  const [, height = 1, width = 1] = output.shape;
  return output.rank === 4 && height * width > 1;
}
