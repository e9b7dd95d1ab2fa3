import { Callback } from 'fastts';

/** Measures the duration of an epoch's training part. */
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
