import type { Module, OneOrMany } from '@fastts/core';
import type { CallbacksFor } from './loop/callback.js';
import type { Loss, LossFunction } from './losses/loss.js';
import type { MetricLike } from './metrics/avgMetric.js';
import type { OptFunc, ParameterGroups } from './optimizers/optimizer.js';
import type { LearningRate } from './schedules/learningRate.js';

/** Settings of a `Learner`. */
export interface LearnerOptions<X = unknown, Y = unknown> {
  /**
   * The loss: an object such as `new CrossEntropyLossFlat()`, or a function of predictions and targets. Default: the usual
   * one for the target's block, which is cross entropy for one label and for masks, `BCEWithLogitsLossFlat` for several
   * labels, `MSELossFlat` for numbers and points.
   */
  lossFunc?: Loss | LossFunction;
  /** Makes the optimiser (default `Adam`). */
  optFunc?: OptFunc;
  /** The learning rate where a fit is given none (default 1e-3). */
  lr?: LearningRate;
  /** Splits the model's parameters into groups (default one group of all that require a gradient). */
  splitter?: (model: Module) => ParameterGroups;
  /** Callbacks beside the default ones. */
  cbs?: CallbacksFor<X, Y>;
  /** What to compute on the validation set. */
  metrics?: OneOrMany<MetricLike>;
  /** The folder under which to save (default the data's). */
  path?: string;
  /** The folder in `path` for models (default `models`). */
  modelDir?: string;
  /** The weight decay where a fit is given none (default the optimiser's own). */
  wd?: number;
  /** Whether weight decay acts on biases and norm layers too (default false). */
  wdBnBias?: boolean;
  /** Whether norm layers are trained also while their group is frozen (default true). */
  trainBn?: boolean;
  /** Momentum at the start, at the highest rate and at the end of a cycle (default 0.95, 0.85, 0.95). */
  moms?: readonly [number, number, number];
}

/** Settings of `Learner.fit`. */
export interface FitOptions<X = unknown, Y = unknown> {
  /** The weight decay (default the learner's). */
  wd?: number;
  /** Callbacks for this fit only. */
  cbs?: CallbacksFor<X, Y>;
  /** Begin with a new optimiser rather than go on with the one of the last fit (default false). */
  resetOpt?: boolean;
  /** The first epoch that is trained; those before it count as done, such as before an interruption (default 0). */
  startEpoch?: number;
}
