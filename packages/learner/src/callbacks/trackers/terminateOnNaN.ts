import { Callback } from '../../loop/callback.js';
import { CancelFit } from '../../loop/cancel.js';

/**
 * Ends a fit as soon as a loss is infinite or not a number, from which no training recovers.
 *
 * It reads every batch's loss from the engine, which a GPU has to be waited for.
 *
 * Source: fastai `callback/tracker.py`, `TerminateOnNaNCallback`.
 */
export class TerminateOnNaNCallback extends Callback {
  override order = -9;
  override fitOnly = true;

  /** @throws CancelFit when the loss is no finite number */
  override async afterBatch(): Promise<void> {
    const { learn } = this;
    if (!learn.hasLoss) return;
    if (!(await learn.loss.data()).every(Number.isFinite)) throw new CancelFit();
  }
}
