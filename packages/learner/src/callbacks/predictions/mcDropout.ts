import { Dropout } from '@fastts/core';
import { Callback } from '../../loop/callback.js';

/**
 * Keeps dropout enabled in validation and prediction: Monte Carlo dropout.
 *
 * The variation between the predictions of several passes measures the model's uncertainty.
 *
 * Source: Gal and Ghahramani 2016, https://arxiv.org/abs/1506.02142; fastai `callback/preds.py`, `MCDropoutCallback`.
 *
 * @example
 * const cbs = new MCDropoutCallback();
 * const passes = [];
 * for (let i = 0; i < 10; i++) passes.push((await learn.getPreds({ cbs }))[0]);
 */
export class MCDropoutCallback extends Callback {
  static override readonly name: string = 'MCDropoutCallback';

  override beforeValidate(): void {
    this.setTraining(true);
  }

  override afterValidate(): void {
    this.setTraining(false);
  }

  private setTraining(training: boolean): void {
    for (const module of this.learn.model.modules()) {
      if (module instanceof Dropout) module.train(training);
    }
  }
}
