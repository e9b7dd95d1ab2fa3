import { Callback } from '../../loop/callback.js';
import { CancelFit } from '../../loop/cancel.js';

/**
 * Stops a fit as soon as a loss is infinite or NaN, from which training cannot recover.
 *
 * It reads every batch's loss, which synchronizes with the engine.
 *
 * Source: fastai `callback/tracker.py`, `TerminateOnNaNCallback`.
 */
export class TerminateOnNaNCallback extends Callback {
  static override readonly name: string = 'TerminateOnNaNCallback';
  override order = -9;
  override fitOnly = true;

  /** @throws CancelFit when the loss is not finite. */
  override async afterBatch(): Promise<void> {
    const { learn } = this;
    if (!learn.hasLoss) return;
    if (!(await learn.loss.data()).every(Number.isFinite)) throw new CancelFit();
  }
}
