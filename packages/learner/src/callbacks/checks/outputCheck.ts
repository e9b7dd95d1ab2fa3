import { OutputMismatchError } from '../../errors.js';
import { Callback } from '../../loop/callback.js';
import type { Loss, LossFunction } from '../../losses/loss.js';

/**
 * Checks at the first batch that the model has as many outputs as the data has classes.
 *
 * Otherwise a model with too few outputs fails inside the loss, or trains on meaningless targets.
 *
 * @throws OutputMismatchError naming both numbers.
 */
export class OutputCheck extends Callback {
  static override readonly name: string = 'OutputCheck';
  override order = -5;
  private lossFunc: Loss | LossFunction | null = null;

  /** Runs now, since another callback may replace the loss in training. */
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
        `The model has ${outputs} outputs per item but the data has ${dls.c} classes: create the model with ${dls.c} outputs, such as nOut: dls.c.`,
      );
    }
  }
}
