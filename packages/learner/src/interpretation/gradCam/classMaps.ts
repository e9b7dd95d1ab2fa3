import { type Module, oneHot } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { LearnerError } from '../../errors.js';
import { chosenLayer, type LayerCall, lastSpatialCall, withOutput } from './camLayer.js';

/** Result of {@link classMaps}; the tensors belong to the caller. */
export type ClassMaps = {
  /** The maps before they are scaled, `[n, height, width]`, all ≥ 0. */
  maps: tf.Tensor3D;
  /** The model's output, `[n, classes]`. */
  pred: tf.Tensor2D;
  /** The index of each item's class, `[n]`. */
  classes: tf.Tensor1D;
  /** The layer's name. */
  layer: string;
};

/** What {@link classMaps} explains. */
export interface ClassMapOptions {
  /** Number of classes. */
  count: number;
  /** The index of the class; by default each item's class with the highest score. */
  index: number | undefined;
  /** The layer, or its name (default: the last one whose output has spatial extent). */
  layer: Module | string | undefined;
}

/**
 * Where a layer's output raises the score of a class: `relu(Σ_k w_k A_k)`, with the layer's channels `A_k` and the means `w_k`
 * of the score's gradients over height and width.
 *
 * The model is in evaluation mode meanwhile. It is synchronous, so that nothing else can use the model.
 *
 * Source: Selvaraju et al. 2017, equations 1 and 2.
 *
 * @param inputs The model's inputs, one or several.
 * @throws LearnerError when the model is not a classifier of images, or the layer does not fit.
 */
export function classMaps(model: Module, inputs: readonly tf.Tensor[], options: ClassMapOptions): ClassMaps {
  const [first, ...rest] = inputs;
  const forward = () => model.forward(first!, ...rest);
  return evaluating(model, () =>
    tf.tidy(() => {
      let pred: tf.Tensor | undefined;
      const call = spatialCall(model, options.layer, () => {
        pred = forward();
      });
      try {
        const scores = checkScores(pred!, options.count);
        const [n, count] = scores.shape;
        const classes =
          options.index === undefined
            ? tf.argMax<tf.Tensor1D>(scores, 1)
            : tf.fill<tf.Rank.R1>([n], options.index, 'int32');
        const chosen = oneHot(classes, count);
        const score = (output: tf.Tensor) => tf.sum(tf.mul(withOutput(call, output, forward), chosen));
        const weights = tf.mean(gradientOf(score, call.output), [1, 2], true);
        const maps = tf.relu(tf.sum<tf.Tensor3D>(tf.mul(call.output, weights), 3));
        return { maps, pred: scores, classes, layer: call.name };
      } finally {
        call.output.dispose();
      }
    }),
  );
}

/** Runs `work` in evaluation mode, and restores the mode of each module. */
function evaluating<T>(model: Module, work: () => T): T {
  const modes = model.modules().map((module) => [module, module.training] as const);
  model.eval();
  try {
    return work();
  } finally {
    for (const [module, training] of modes) module.training = training;
  }
}

function spatialCall(model: Module, choice: Module | string | undefined, forward: () => void): LayerCall {
  const candidates = choice === undefined ? model.namedModules() : [chosenLayer(model, choice)];
  const call = lastSpatialCall(candidates, forward);
  if (call) return call;
  throw new LearnerError(
    choice === undefined
      ? 'Grad-CAM needs a layer whose output is [n, height, width, channels] with more than one pixel, such as a convolution, but no module of the model has one.'
      : `Grad-CAM needs a layer whose output is [n, height, width, channels] with more than one pixel, but that of ${typeof choice === 'string' ? `'${choice}'` : 'the given layer'} is not: choose one before global pooling, or omit \`layer\`.`,
  );
}

function checkScores(pred: tf.Tensor, count: number): tf.Tensor2D {
  if (isScores(pred) && pred.shape[1] === count) return pred;
  throw new LearnerError(
    `Grad-CAM explains one score per class, but the model's output has shape [${pred.shape}] for ${count} classes: it needs a classifier, whose output is [n, classes].`,
  );
}

function isScores(pred: tf.Tensor): pred is tf.Tensor2D {
  return pred.rank === 2;
}

function gradientOf(score: (output: tf.Tensor) => tf.Tensor, output: tf.Tensor): tf.Tensor {
  const { grads } = tf.engine().gradients(() => score(output), [output], undefined, true);
  if (grads[0]) return grads[0];
  throw new LearnerError(
    "The model's scores do not depend on the output of the layer, or not differentiably: choose another `layer`.",
  );
}
