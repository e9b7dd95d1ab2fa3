import { Callback } from 'fastts';

/** Takes how long the training part of an epoch lasts. */
export class TrainClock extends Callback {
  seconds = 0;
  private start = 0;

  override beforeTrain() {
    this.start = performance.now();
  }

  override afterTrain() {
    this.seconds = (performance.now() - this.start) / 1000;
  }
}
