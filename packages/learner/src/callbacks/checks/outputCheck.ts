import { OutputMismatchError } from '../../errors.js';
import { Callback } from '../../loop/callback.js';
import type { Loss, LossFunction } from '../../losses/loss.js';

/**
 * Sees at the first batch whether the model gives as many numbers as the data has classes.
 *
 * Without it a model with too few outputs fails somewhere inside the loss, or trains on nonsense.
 *
 * @throws OutputMismatchError naming both numbers
 */
export class OutputCheck extends Callback {
  override order = -5;
  private lossFunc: Loss | LossFunction | null = null;

  /** Now, since in training another callback's loss may stand in for it. */
  override beforeFit(): void {
    this.lossFunc = this.learn.lossFunc;
  }

  override afterPred(): void {
    const { lossFunc } = this;
    this.lossFunc = null;
    const { dls, pred } = this.learn;
    if (!dls.c || !lossFunc || typeof lossFunc === 'function' || !lossFunc.yInt) return;
    const outputs = pred.shape.at(lossFunc.axis ?? -1);
    if (outputs !== dls.c) {
      throw new OutputMismatchError(
        `The model gives ${outputs} numbers an item but the data has ${dls.c} classes: make the model with ${dls.c} outputs, such as nOut: dls.c.`,
      );
    }
  }
}
