import { BatchNorm, type Module } from '@fastts/core';
import { Callback } from '../../loop/callback.js';
import { TrainEvalCallback } from './trainEval.js';

/**
 * Puts the batch norms in `module` whose parameters are frozen in evaluation mode: they use their running
 * statistics without updating them.
 *
 * Source: fastai `callback/training.py`, `set_bn_eval`.
 *
 * @param options.useEval Whether to set evaluation mode (default true); false restores training mode.
 */
export function setBnEval(module: Module, { useEval = true }: { useEval?: boolean } = {}): void {
  for (const inner of module.modules()) {
    if (inner instanceof BatchNorm && inner.parameters()[0]?.requiresGrad === false) inner.train(!useEval);
  }
}

/**
 * Freezes the running statistics of batch norms whose parameters are frozen.
 *
 * A body that was pretrained on much data then remains unchanged, however small the batches are. With the learner's
 * `trainBn`, which is the default, batch norms are never frozen, and this callback has no effect.
 *
 * Source: fastai `callback/training.py`, `BnFreeze`.
 *
 * @example
 * const learn = new Learner(dls, model, { splitter, trainBn: false, cbs: new BnFreeze() });
 * learn.freeze();
 */
export class BnFreeze extends Callback {
  static override readonly name: string = 'BnFreeze';
  override runsAfter = [TrainEvalCallback];

  override beforeTrain(): void {
    setBnEval(this.learn.model);
  }
}
