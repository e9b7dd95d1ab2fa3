import { type Figure, plotLines } from '@fastts/core';
import { LearnerError } from '../../errors.js';
import { Callback } from '../../loop/callback.js';

/** Settings of {@link ShowGraphCallback}. */
export interface ShowGraphOptions {
  /** What is done with each new drawing (default: it is written to `graph.svg` in the learner's `path`). */
  show?: (figure: Figure) => unknown;
}

/**
 * Draws the smoothed training loss and the validation loss after each epoch, on axes of the whole fit: how far it has
 * come can be seen too.
 *
 * Source: fastai `callback/progress.py`, `ShowGraphCallback`.
 *
 * @example
 * await learn.fit(10, 1e-3, { cbs: new ShowGraphCallback() }); // and keep graph.svg open
 */
export class ShowGraphCallback extends Callback {
  override order = 65;
  override fitOnly = true;
  /** The last drawing. */
  figure: Figure | null = null;

  private readonly show: ((figure: Figure) => unknown) | undefined;
  /** How many batches there had been at the end of each epoch's training. */
  private batches: number[] = [];

  constructor({ show }: ShowGraphOptions = {}) {
    super();
    this.show = show;
  }

  /** @throws LearnerError when there will be no validation loss to draw */
  override beforeFit(): void {
    this.batches = [];
    if (this.column < 0) {
      throw new LearnerError(
        'ShowGraphCallback draws the validation loss, which the Recorder leaves out: make that with validMetrics: true.',
      );
    }
  }

  override afterTrain(): void {
    this.batches.push(this.learn.trainIter);
  }

  override async afterEpoch(): Promise<void> {
    const { batches, column, learn } = this;
    if (batches.length === 0) return;
    const { losses, values } = learn.recorder;
    const train = losses.map((y, x) => ({ x, y }));
    const valid = batches.flatMap((x, epoch) => {
      const y = values[epoch]?.[column];
      return typeof y === 'number' ? [{ x, y }] : [];
    });
    const lines = [
      { name: 'train', points: train },
      { name: 'valid', points: valid },
    ];
    const highest = [...train, ...valid].reduce((most, { y }) => Math.max(most, y), 0);
    this.figure = plotLines(lines, {
      xLabel: 'steps',
      yLabel: 'loss',
      xDomain: [0, (learn.nEpoch - batches.length) * batches[0]! + losses.length],
      yDomain: [0, highest],
    });
    await (this.show ? this.show(this.figure) : this.figure.save(`${learn.path}/graph.svg`));
  }

  private get column(): number {
    return this.learn.recorder.metricNames.indexOf('valid_loss') - 1;
  }
}
