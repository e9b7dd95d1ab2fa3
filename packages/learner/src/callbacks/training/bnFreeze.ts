import { BatchNorm, type Module } from '@fastts/core';
import { Callback } from '../../loop/callback.js';
import { TrainEvalCallback } from './trainEval.js';

/**
 * Puts the batch norms inside `module` whose parameters are frozen in evaluation mode: they take their running
 * statistics, and leave them as they are.
 *
 * Source: fastai `callback/training.py`, `set_bn_eval`.
 *
 * @param options.useEval false for the way back, to training mode (default true)
 */
export function setBnEval(module: Module, { useEval = true }: { useEval?: boolean } = {}): void {
  for (const inner of module.modules()) {
    if (inner instanceof BatchNorm && inner.parameters()[0]?.requiresGrad === false) inner.train(!useEval);
  }
}

/**
 * Keeps the running statistics of frozen batch norms as they are, as well as their parameters.
 *
 * A body that was trained on much data then stays what it was, however small the batches are. With the learner's
 * `trainBn`, which is the default, batch norms are never frozen, and this changes nothing.
 *
 * Source: fastai `callback/training.py`, `BnFreeze`.
 *
 * @example
 * const learn = new Learner(dls, model, { splitter, trainBn: false, cbs: new BnFreeze() });
 * learn.freeze();
 */
export class BnFreeze extends Callback {
  override runsAfter = [TrainEvalCallback];

  override beforeTrain(): void {
    setBnEval(this.learn.model);
  }
}
