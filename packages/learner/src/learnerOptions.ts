import type { Module, OneOrMany } from '@fastts/core';
import type { TargetTensors } from './loop/batch.js';
import type { CallbacksFor } from './loop/callback.js';
import type { Loss, LossFunction } from './losses/loss.js';
import type { MetricLike } from './metrics/avgMetric.js';
import type { OptFunc, ParameterGroups } from './optimizers/optimizer.js';
import type { LearningRate } from './schedules/learningRate.js';

/** Options of a `Learner`. */
export interface LearnerOptions<X = unknown, Y = unknown> {
  /**
   * The loss: an object such as `new CrossEntropyLossFlat()`, or a function of predictions and targets. Default: the
   * loss for the target's block: cross entropy for single labels and masks, `BCEWithLogitsLossFlat` for multiple
   * labels, `MSELossFlat` for numbers and points.
   */
  lossFunc?: Loss | LossFunction<TargetTensors<Y>>;
  /** Creates the optimizer (default `Adam`). */
  optFunc?: OptFunc;
  /** The learning rate for fits that specify none (default 1e-3). */
  lr?: LearningRate;
  /** Splits the model's parameters into groups (default: one group of all parameters that require gradients). */
  splitter?: (model: Module) => ParameterGroups;
  /** Callbacks in addition to the default ones. */
  cbs?: CallbacksFor<X, Y>;
  /** Metrics to compute on the validation set. */
  metrics?: OneOrMany<MetricLike<Y>>;
  /** The folder to save to (default: the data's). */
  path?: string;
  /** The folder within `path` for models (default `models`). */
  modelDir?: string;
  /** The weight decay for fits that specify none (default: the optimizer's). */
  wd?: number;
  /** Whether weight decay also applies to biases and norm layers (default false). */
  wdBnBias?: boolean;
  /** Whether norm layers are trained even while their group is frozen (default true). */
  trainBn?: boolean;
  /** Momentum at the start, at the highest rate and at the end of a cycle (default 0.95, 0.85, 0.95). */
  moms?: readonly [number, number, number];
}

/** Options of `Learner.fit`. */
export interface FitOptions<X = unknown, Y = unknown> {
  /** The weight decay (default: the learner's). */
  wd?: number;
  /** Callbacks for this fit only. */
  cbs?: CallbacksFor<X, Y>;
  /** Whether to create a new optimizer instead of reusing the last fit's (default false). */
  resetOpt?: boolean;
  /** The first epoch to train; earlier ones count as done, for example before an interruption (default 0). */
  startEpoch?: number;
  /**
   * A folder of checkpoints, as `CheckpointCallback` writes them: the fit resumes from the newest one exactly where it stopped, also
   * within an epoch. It starts from the beginning if there is none. The call, the data and the learner must be those of the first run.
   */
  resume?: string;
}
