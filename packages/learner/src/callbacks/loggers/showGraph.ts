import { type Figure, plotLines } from '@fastts/core';
import { LearnerError } from '../../errors.js';
import { Callback } from '../../loop/callback.js';

/** Options of {@link ShowGraphCallback}. */
export interface ShowGraphOptions {
  /** Called with each new figure (default: writes it to `graph.svg` in the learner's `path`). */
  show?: (figure: Figure) => unknown;
}

/**
 * Plots the smoothed training loss and the validation loss after each epoch, on axes for the whole fit, which also
 * shows its progress.
 *
 * Source: fastai `callback/progress.py`, `ShowGraphCallback`.
 *
 * @example
 * await learn.fit(10, 1e-3, { cbs: new ShowGraphCallback() }); // and keep graph.svg open
 */
export class ShowGraphCallback extends Callback {
  static override readonly name: string = 'ShowGraphCallback';
  override order = 65;
  override fitOnly = true;
  /** The last figure. */
  figure: Figure | null = null;

  private readonly show: ((figure: Figure) => unknown) | undefined;
  /** Number of training batches at the end of each epoch. */
  private batches: number[] = [];

  constructor({ show }: ShowGraphOptions = {}) {
    super();
    this.show = show;
  }

  override stateDict(): { batches: number[] } {
    return { batches: this.batches };
  }

  override loadStateDict({ batches }: { batches: number[] }): void {
    this.batches = batches;
  }

  /** @throws LearnerError when there will be no validation loss to plot. */
  override beforeFit(): void {
    this.batches = [];
    if (this.column < 0) {
      throw new LearnerError(
        'ShowGraphCallback plots the validation loss, which the Recorder omits: create the Recorder with validMetrics: true.',
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
