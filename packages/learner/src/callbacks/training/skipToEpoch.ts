import { checkInteger, log } from '@fastts/core';
import { Callback } from '../../loop/callback.js';
import { CancelEpoch } from '../../loop/cancel.js';

/**
 * Skips the epochs before `epoch`, counted from 0, as if they had been trained: schedules continue from there.
 *
 * Source: fastai `learner.py`, `SkipToEpoch`.
 */
export class SkipToEpoch extends Callback {
  static override readonly name: string = 'SkipToEpoch';
  override order = 70;

  constructor(readonly epoch: number) {
    super();
    checkInteger('epoch', epoch, { min: 0 });
  }

  override beforeFit(): void {
    const { nEpoch } = this.learn;
    if (nEpoch > 0 && this.epoch >= nEpoch) {
      log(
        `All ${nEpoch} epochs are skipped, because the fit starts at epoch ${this.epoch}: set a smaller startEpoch.`,
      );
    }
  }

  override beforeEpoch(): void {
    if (this.learn.epoch < this.epoch) throw new CancelEpoch();
  }
}
