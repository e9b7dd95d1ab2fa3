import { Callback } from '../callback.js';
import { OutputMismatchError } from '../errors.js';

/**
 * Sees at the first batch whether the model gives as many numbers as the data has classes.
 *
 * Without it a model with too few outputs fails somewhere inside the loss, or trains on nonsense.
 *
 * @throws OutputMismatchError naming both numbers
 */
export class OutputCheck extends Callback {
  override order = -5;
  private checked = false;

  override beforeFit(): void {
    this.checked = false;
  }

  override afterPred(): void {
    if (this.checked) return;
    this.checked = true;
    const { dls, lossFunc, pred } = this.learn;
    if (!dls.c || typeof lossFunc === 'function' || !lossFunc.yInt) return;
    const outputs = pred.shape.at(lossFunc.axis ?? -1);
    if (outputs !== dls.c) {
      throw new OutputMismatchError(
        `The model gives ${outputs} numbers an item but the data has ${dls.c} classes: make the model with ${dls.c} outputs, such as nOut: dls.c.`,
      );
    }
  }
}
