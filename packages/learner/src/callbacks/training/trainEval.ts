import { Callback } from '../../loop/callback.js';

/**
 * Puts the model in training or evaluation mode, and counts batches.
 *
 * Source: fastai `callback/core.py`, `TrainEvalCallback`.
 */
export class TrainEvalCallback extends Callback {
  static override readonly name: string = 'TrainEvalCallback';
  override order = -10;
  override runValid = false;

  override beforeFit(): void {
    this.learn.epoch = 0;
    this.learn.trainIter = 0;
    this.learn.pctTrain = 0;
  }

  override beforeTrain(): void {
    this.learn.pctTrain = this.learn.epoch / this.learn.nEpoch;
    this.learn.model.train();
    this.learn.training = true;
  }

  override afterBatch(): void {
    this.learn.pctTrain += 1 / (this.learn.nIter * this.learn.nEpoch);
    this.learn.trainIter++;
  }

  override beforeValidate(): void {
    this.learn.model.eval();
    this.learn.training = false;
  }
}
